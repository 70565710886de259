// Requests to our own server: fragments of pages and search suggestions.
import { filterQuery, type State } from './state';

/** The server's answer was not the wanted one; `status` 0 means it could not be reached. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function get(url: string, accept: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestError(0, String(error));
  }
  if (!response.ok) throw new RequestError(response.status, `${url}: ${response.status}`);
  return response;
}

/** HTML of our own server as nodes; scripts in it do not run. */
async function fragment(url: string, signal: AbortSignal): Promise<DocumentFragment> {
  const text = await (await get(url, 'text/html', signal)).text();
  const parsed = new DOMParser().parseFromString(text, 'text/html');
  const nodes = document.createDocumentFragment();
  nodes.append(...document.adoptNode(parsed.body).childNodes);
  return nodes;
}

export type Bounds = [west: number, south: number, east: number, north: number];

/** Results for what the map shows, or for several things in one place. */
export function fetchResults(
  state: State,
  bounds: Bounds,
  lang: string,
  signal: AbortSignal,
): Promise<DocumentFragment> {
  const params = new URLSearchParams(state.ids ? '' : filterQuery(state.filters));
  params.set('fragment', 'results');
  if (state.ids) {
    params.set('ids', state.ids);
  } else {
    params.set('bbox', bounds.map((degrees) => degrees.toFixed(5)).join(','));
    params.set('layers', state.layers.join(',') || 'none');
  }
  params.set('lang', lang);
  return fragment(`/?${params}`, signal);
}

/** The inner part of a thing's page. */
export function fetchDetail(item: string, lang: string, signal: AbortSignal): Promise<DocumentFragment> {
  return fragment(`/${item}?fragment=1&lang=${encodeURIComponent(lang)}`, signal);
}

export interface Suggestion {
  kind: string;
  label: string;
  detail?: string | null;
  item?: string | null;
  lon?: number | null;
  lat?: number | null;
  bbox?: Bounds | null;
}

export async function fetchSuggestions(q: string, lang: string, signal: AbortSignal): Promise<Suggestion[]> {
  const params = new URLSearchParams({ q, limit: '8', lang });
  const response = await get(`/api/v1/search?${params}`, 'application/json', signal);
  const answer = (await response.json()) as { results?: Suggestion[] };
  return answer.results ?? [];
}
