/** Every HTTP call, typed by the API description. */

import type { paths } from "./generated/http.ts";
import type { Http } from "./http.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];
type Call<M extends Method, P extends Path<M>> = paths[P][M & keyof paths[P]];

/** Values that are `undefined` are left out. */
type Query<C> = C extends { parameters: { query?: infer Q } }
  ? { readonly [K in keyof Q]: Q[K] | undefined }
  : never;
type InPath<C> = C extends { parameters: { path: infer Q } } ? Q : never;
type Body<C> = C extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;
type Content<R> = R extends { content: { "application/json": infer A } } ? A : never;
type AnswerOf<C> = C extends { responses: infer R } ? Content<R[keyof R]> : never;

type Given<C> = ([InPath<C>] extends [never] ? object : { readonly path: InPath<C> }) &
  ([NonNullable<Query<C>>] extends [never] ? object : { readonly query?: NonNullable<Query<C>> }) &
  ([Body<C>] extends [never] ? object : { readonly body?: Body<C> }) & {
    readonly signal?: AbortSignal;
  };
type Rest<C> = [InPath<C>] extends [never] ? [given?: Given<C>] : [given: Given<C>];

type Anything = {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

export class Api {
  constructor(private readonly http: Http) {}

  get<P extends Path<"get">>(path: P, ...given: Rest<Call<"get", P>>) {
    return this.call<AnswerOf<Call<"get", P>>>("GET", path, given);
  }

  post<P extends Path<"post">>(path: P, ...given: Rest<Call<"post", P>>) {
    return this.call<AnswerOf<Call<"post", P>>>("POST", path, given);
  }

  put<P extends Path<"put">>(path: P, ...given: Rest<Call<"put", P>>) {
    return this.call<AnswerOf<Call<"put", P>>>("PUT", path, given);
  }

  patch<P extends Path<"patch">>(path: P, ...given: Rest<Call<"patch", P>>) {
    return this.call<AnswerOf<Call<"patch", P>>>("PATCH", path, given);
  }

  delete<P extends Path<"delete">>(path: P, ...given: Rest<Call<"delete", P>>) {
    return this.call<AnswerOf<Call<"delete", P>>>("DELETE", path, given);
  }

  private call<A>(method: string, path: string, [given]: readonly unknown[]): Promise<A> {
    const { path: values = {}, ...rest } = (given ?? {}) as Anything;
    const filled = path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(values[name] ?? ""));
    return this.http.request<A>(method, filled, rest);
  }
}
