import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    manifest: true,
    // Fonts and pictures stay files: the page's security policy allows no `data:` fonts.
    assetsInlineLimit: 0,
    target: 'es2023',
    // MapLibre alone is about a megabyte before compression.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      // The library in a file of its own: it stays in the browser's cache when only our code changes.
      output: { codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules\/maplibre-gl/ }] } },
      input: [
        'src/map.ts',
        'src/minimap.ts',
        'src/embed.ts',
        'src/osadz.ts',
        'src/intake.ts',
        'src/queue.ts',
        'styles/site.css',
        'styles/map.css',
      ],
    },
  },
  worker: { format: 'es' },
});
