namespace Pcie.Ui.Tests;

/// <summary>Which text of a page is too faint to be read.</summary>
internal static class Contrast
{
    /// <summary>Returns what is below 4.5 to 1, a line each.</summary>
    public const string Script = """
        () => {
          const parse = text => { const n = text.match(/[\d.]+/g).map(Number); return { rgb: n.slice(0, 3), alpha: n[3] ?? 1 }; };
          const light = rgb => { const [r, g, b] = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ground = element => {
            const layers = [];
            for (let e = element; e; e = e.parentElement) {
              const one = parse(getComputedStyle(e).backgroundColor);
              if (one.alpha > 0) layers.push(one);
              if (one.alpha === 1) break;
            }
            return layers.reverse().reduce((under, one) => under.map((v, i) => v * (1 - one.alpha) + one.rgb[i] * one.alpha), [255, 255, 255]);
          };
          const faint = [];
          for (const element of document.querySelectorAll("body *")) {
            if (!element.checkVisibility() || ![...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            const a = light(parse(getComputedStyle(element).color).rgb), b = light(ground(element));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
          }
          return faint;
        }
        """;
}
