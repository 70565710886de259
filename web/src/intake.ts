// The pages of a file on its way in: it is not sent when it is too large, a page that waits looks again by itself, and the preview has a
// map of what would change, which only it loads.

/** How often a page that waits looks again. */
const LOOK_MS = 700;

const input = document.querySelector<HTMLInputElement>('input[data-most-bytes]');
input?.addEventListener('change', () => {
  const size = input.files?.[0]?.size ?? 0;
  input.setCustomValidity(size > Number(input.dataset.mostBytes) ? (input.dataset.tooLarge ?? '') : '');
  input.reportValidity();
});
input?.form?.addEventListener('submit', (event) => {
  // The form leaves its checks to the server; this one comes too late there.
  if (input.validity.customError && !input.reportValidity()) event.preventDefault();
});

async function look(): Promise<void> {
  try {
    const response = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    if (!response.ok || !(await response.text()).includes('data-working')) {
      location.reload();
      return;
    }
  } catch {
    // The network is away for now.
  }
  setTimeout(() => void look(), LOOK_MS);
}
if (document.querySelector('[data-working]')) setTimeout(() => void look(), LOOK_MS);

for (const place of document.querySelectorAll<HTMLElement>('[data-places]'))
  void import('./intakemap').then(({ show }) => show(place));
