// The least contrast of text with its ground, by element and class, as WCAG 2 computes it.
() => {
  const options = { willReadFrequently: true };
  const canvas = document.createElement("canvas").getContext("2d", options);
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (value) =>
    value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const worst = {};
  for (const element of document.querySelectorAll("body *")) {
    if (!hasText(element) || element.classList.contains("visually-hidden")) continue;
    const ink = luminance(channels(getComputedStyle(element).color));
    const paper = luminance(ground(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const key = `${element.tagName}.${element.className}`;
    worst[key] = Math.min(worst[key] ?? 99, ratio);
  }
  return worst;
};
