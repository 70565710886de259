// Reads a screenshot's pixels: a PNG as browsers write it (8 bits a channel, not interlaced).
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

/** Width, height and the bytes of an image, `channels` a pixel. */
export function decode(png) {
  assert.equal(png.toString("latin1", 1, 4), "PNG");
  let header;
  const packed = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + 8, at + 8 + length);
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") header = data;
    if (type === "IDAT") packed.push(data);
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]];
  assert.ok(header[8] === 8 && channels && header[12] === 0, "a kind of PNG that is not read here");
  const stride = width * channels;
  const lines = inflateSync(Buffer.concat(packed));
  const data = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : data[y * stride + x - channels];
      const above = y === 0 ? 0 : data[(y - 1) * stride + x];
      const corner = x < channels || y === 0 ? 0 : data[(y - 1) * stride + x - channels];
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      data[y * stride + x] = lines[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return { width, height, channels, data };
}

function paeth(left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(guess - value));
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** The share of pixels (0 to 1) within `tolerance` of a colour like `#0072B2`, channel by channel. */
export function share({ channels, data }, colour, tolerance = 6) {
  const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  let found = 0;
  for (let at = 0; at < data.length; at += channels) {
    if (wanted.every((value, channel) => Math.abs(data[at + channel] - value) <= tolerance)) found += 1;
  }
  return found / (data.length / channels);
}
