/** The app's logo: a speech bubble with lines of text in it. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 48 48" aria-hidden="true">
      <rect width="48" height="48" rx="13" fill="var(--accent)" />
      <path
        fill="var(--on-accent)"
        d="M24 11C16 11 9.5 16.4 9.5 23c0 3.7 2 7 5.2 9.2L13.5 37.5l6.3-2.9c1.3.3 2.7.4 4.2.4 8 0 14.5-5.4 14.5-12S32 11 24 11Z"
      />
      <path
        stroke="var(--accent)"
        strokeWidth="3"
        strokeLinecap="round"
        d="M18 20.5h12M18 26.5h7"
      />
    </svg>
  );
}
