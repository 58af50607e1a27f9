/** The network between a client and its server, which a test can cut. */

import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export class Wire {
  private readonly open = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on("connection", (socket) => this.join(socket));
  }

  /** Leads to the server at `url`, until the test ends. */
  static async to(url: string): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server, Number(new URL(url).port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      wire.cut();
      server.close();
    });
    return wire;
  }

  get url(): string {
    const address = this.server.address();
    if (!address || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.open) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  private join(near: Socket): void {
    if (this.isCut) return void near.destroy();
    const far = dial(this.port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
