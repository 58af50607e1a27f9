import { useAgo, useBrief } from "../lib/times.ts";

/** When something happened, as short as possible: 14:03, Yesterday, 3 Mar. */
export function BriefTime({ at, title }: { at: string; title?: string }) {
  return (
    <time dateTime={at} title={title}>
      {useBrief(at)}
    </time>
  );
}

interface AgoTimeProps {
  at: string;
  /** The sentence around "5 minutes ago". */
  words: (ago: string) => string;
  title?: string;
}

/** How long ago something happened. */
export function AgoTime({ at, words, title }: AgoTimeProps) {
  return (
    <time dateTime={at} title={title}>
      {words(useAgo(at))}
    </time>
  );
}
