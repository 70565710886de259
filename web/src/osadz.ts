// The button that copies the snippet; without it the text is there to be selected.
const button = document.querySelector<HTMLButtonElement>('#embed-copy');
const code = document.querySelector<HTMLTextAreaElement>('#embed-code');
const message = document.querySelector<HTMLElement>('#embed-message');

if (button && code && message) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.value);
      message.textContent = button.dataset.copied ?? '';
    } catch {
      code.select();
      message.textContent = button.dataset.failed ?? '';
    }
  });
}
