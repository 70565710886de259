// Colours of the map. The basemap is pale and quiet so that the marks are the loudest thing on it;
// the marks keep the same Okabe–Ito colours in both variants, because their meaning must not change with the light.

/** Colours of the marks, safe for colour-blind people; shape says the same thing a second time. */
export const MARKS = {
  organisation: '#0072B2',
  support: '#8E4585',
  free: '#009E73',
  open_call: '#E69F00',
  reserved: '#A66F00',
  occupied: '#5B6470',
  renovation: '#7A7F87',
  withdrawn: '#7A7F87',
  ink: '#1B2430',
  halo: '#FFFFFF',
};

/** @typedef {typeof LIGHT} Palette */

export const LIGHT = {
  outside: '#ECE9E1',
  land: '#F6F5F1',
  water: '#CFE2EE',
  waterLine: '#B4D0E0',
  waterText: '#2F6384',
  green: '#E4ECDA',
  greenText: '#4B663D',
  street: '#FFFFFF',
  casing: '#D9D3C6',
  bridge: '#8F887A',
  building: '#EAE6DD',
  buildingLine: '#DCD6C9',
  rail: '#BDB7AA',
  railTie: '#F6F5F1',
  streetText: '#5A5F66',
  district: '#B3AB9A',
  districtText: '#62666D',
  boundary: '#9E3D22',
  text: '#1B2430',
  halo: '#FFFFFF',
  where: '#1F5F8B',
  ring: '#1B2430',
  ringHalo: '#FFFFFF',
};

/** @type {Palette} */
export const DARK = {
  outside: '#10151B',
  land: '#1A212A',
  water: '#16364C',
  waterLine: '#1F4762',
  waterText: '#9CC7E2',
  green: '#1E2E25',
  greenText: '#A3C096',
  street: '#37424F',
  casing: '#12171D',
  bridge: '#76808C',
  building: '#242D38',
  buildingLine: '#2F3945',
  rail: '#4C5663',
  railTie: '#1A212A',
  streetText: '#B4BEC9',
  district: '#566170',
  districtText: '#A9B4C0',
  boundary: '#E0916F',
  text: '#F1F3F5',
  halo: '#12171D',
  where: '#8EC3EA',
  ring: '#FFFFFF',
  ringHalo: '#12171D',
};
