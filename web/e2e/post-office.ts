/** An SMTP server that receives the mail of a server under test. */

import { createServer, type Server, type Socket } from "node:net";

interface Letter {
  readonly to: string;
  readonly text: string;
}

const REPLIES: Readonly<Record<string, string>> = { DATA: "354 go on", QUIT: "221 bye" };
const END = "\r\n.\r\n";

export class PostOffice {
  private readonly letters: Letter[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The URL for the server's settings. */
    readonly url: string,
  ) {}

  static async open(): Promise<PostOffice> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const office = new PostOffice(server, `smtp://127.0.0.1:${port}`);
    server.on("connection", (socket) => office.serve(socket));
    return office;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  /**
   * Returns the token of the last link of that kind sent to that address, as soon as there is one.
   */
  async token(to: string, kind: string, patience = 15_000): Promise<string> {
    const link = new RegExp(`#${kind}=(\\S+)`);
    for (const end = Date.now() + patience; Date.now() < end; ) {
      const found = this.letters.findLast((each) => each.to === to && link.test(each.text));
      const token = found && link.exec(found.text)?.[1];
      if (token) return token;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no letter with #${kind} came to ${to}`);
  }

  private serve(socket: Socket): void {
    let heard = "";
    let to = "";
    let writing = false;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.setEncoding("utf8").write("220 here\r\n");
    socket.on("data", (data) => {
      heard += data;
      const [line = ""] = heard.split("\r\n");
      if (!heard.endsWith(writing ? END : "\r\n")) return;
      if (writing) this.letters.push({ to, text: decoded(heard) });
      to = /^RCPT TO:<(.*?)>/i.exec(line)?.[1] ?? to;
      const verb = writing ? "" : line.slice(0, 4).toUpperCase();
      writing = verb === "DATA";
      heard = "";
      socket.write(`${REPLIES[verb] ?? "250 well"}\r\n`);
    });
  }
}

/**
 * Decodes quoted-printable mails, whose long lines are split. In other mails a "=" is just a
 * character.
 */
function decoded(text: string): string {
  if (!/^Content-Transfer-Encoding: quoted-printable\r$/im.test(text)) return text;
  return text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}
