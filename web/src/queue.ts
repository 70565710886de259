// The queue of what waits for officials: one key for the next thing, one for each decision.
const items = [...document.querySelectorAll<HTMLElement>('.queue-item')];
document.querySelector<HTMLElement>('.queue-keys')?.removeAttribute('hidden');

function at(): number {
  return items.findIndex((item) => item.contains(document.activeElement));
}

function go(index: number): void {
  const item = items[Math.max(0, Math.min(items.length - 1, index))];
  item?.focus();
  item?.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', (event) => {
  const target = event.target as HTMLElement;
  const typing = target.matches('input, textarea, select, [contenteditable]');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const current = at();
  if (event.key === 'j') {
    go(current + 1);
  } else if (event.key === 'k') {
    go(current - 1);
  } else {
    const item = items[current];
    const button = item?.querySelector<HTMLButtonElement>(`[data-key="${CSS.escape(event.key)}"]`);
    if (!item || !button) {
      return;
    }
    // A refusal needs its reason: the first key leads there.
    const reason = item.querySelector<HTMLTextAreaElement>('textarea');
    if (button.value === 'refuse' && reason && reason.value.trim() === '') {
      reason.focus();
    } else {
      button.click();
    }
  }
  event.preventDefault();
});
