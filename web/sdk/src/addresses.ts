/** Changes the URLs in a server's answers to the address by which this page reaches the server. */

type Json = Record<string, unknown>;

/** The fields that hold URLs of the server's own. */
const isUrl = (name: string): boolean => name === "url" || name.endsWith("_url");

export class Addresses {
  /** The URL that the server takes for its own, if this page uses another one. */
  private public: string | null = null;

  constructor(private readonly base: string) {}

  learnPublicUrl(url: string): void {
    this.public = url === this.base ? null : url;
  }

  /** Changes the server's URLs in the value to the address of this page, and returns the value. */
  readonly localise = <T>(value: T): T => {
    if (this.public !== null) this.walk(value);
    return value;
  };

  private walk(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== "string") this.walk(inner);
      else if (isUrl(name)) (value as Json)[name] = this.moved(inner);
    }
  }

  private moved(url: string): string {
    const from = `${this.public}/`;
    return url.startsWith(from) ? `${this.base}/${url.slice(from.length)}` : url;
  }
}
