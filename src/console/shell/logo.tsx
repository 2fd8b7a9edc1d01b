/** The wordmark: one reel hands the tape over to the other. */
export function Logo({ className }: { className?: string | undefined }) {
  return (
    <svg
      className={className}
      viewBox="1 1 81 28"
      height="27"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      role="img"
      aria-label="reelay"
    >
      <path d="M4 20.6V9.4M4 14C4 11 6.2 9.4 9.4 9.4" />
      <path d="M11.9 15H23.1A5.6 5.6 0 1 0 21.4 19" />
      <g stroke="var(--accent)">
        <path d="M17.5 9.4H32.6" />
        <path d="M27 15H38.2A5.6 5.6 0 1 0 36.5 19" />
      </g>
      <path d="M44 4V20.6" />
      <circle cx="55.4" cy="15" r="5.6" />
      <path d="M61 9.4V20.6" />
      <path d="M68 9.4L73.4 20.2M79 9.4L72.2 24.2C71.3 26.1 70.3 26.8 68.2 26.6" />
    </svg>
  )
}

/** The icon: an outlined reel, the tape, and a reel that plays. Also favicon.svg. */
export function Mark({ className }: { className?: string | undefined }) {
  return (
    <svg className={className} viewBox="0 0 32 32" width="28" height="28" fill="none" role="img" aria-label="reelay">
      <path d="M10 7.6H22" stroke="var(--accent)" strokeWidth="3" strokeLinecap="round" />
      <circle cx="9.4" cy="15.4" r="6.4" stroke="currentColor" strokeWidth="3" />
      <circle cx="22.4" cy="16" r="7.9" fill="var(--accent-fill)" />
      <path d="M20.2 12.6L26 16L20.2 19.4Z" fill="#fff" stroke="#fff" strokeLinejoin="round" />
    </svg>
  )
}
