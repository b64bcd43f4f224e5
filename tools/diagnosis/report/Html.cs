using System.Globalization;
using System.Net;
using System.Text;

namespace Pcie.Diagnosis.Report;

/// <summary>Text of a page: what comes from outside, such as a driver's name in a recording, is escaped wherever it goes in.</summary>
internal sealed class Html
{
    private readonly StringBuilder text = new();

    /// <summary>
    /// Markup of ours, each hole escaped; numbers as the invariant culture has them, with one decimal unless the hole says otherwise.
    /// </summary>
    public Html Add(FormattableString markup)
    {
        text.AppendFormat(Escaping.Instance, markup.Format, markup.GetArguments()).Append('\n');
        return this;
    }

    /// <summary>Text of ours, as it is.</summary>
    public static Html Raw(string markup)
    {
        var html = new Html();
        html.text.Append(markup);
        return html;
    }

    public Html Add(Html html)
    {
        text.Append(html.text);
        return this;
    }

    /// <summary>Begins a table, which scrolls by itself where the page is narrow, and whose heads repeat on every sheet of paper.</summary>
    public Html BeginTable(params ReadOnlySpan<string> heads)
    {
        text.Append("<div class='scroll'><table><thead><tr>");
        foreach (var head in heads) Add($"<th>{head}</th>");
        text.Append("</tr></thead><tbody>");
        return this;
    }

    public Html EndTable()
    {
        text.Append("</tbody></table></div>");
        return this;
    }

    /// <summary>Begins a picture, which scrolls as a table does: its letters stay legible.</summary>
    /// <param name="what">For who cannot see it.</param>
    public Html BeginPicture(double width, double height, string what) =>
        Add($"<div class='scroll'><svg viewBox='0 0 {width} {height}' role='img' aria-label='{what}'>");

    public Html EndPicture()
    {
        text.Append("</svg></div>");
        return this;
    }

    public override string ToString() => text.ToString();

    private sealed class Escaping : IFormatProvider, ICustomFormatter
    {
        public static readonly Escaping Instance = new();

        public object? GetFormat(Type? formatType) =>
            formatType == typeof(ICustomFormatter) ? this : CultureInfo.InvariantCulture.GetFormat(formatType);

        public string Format(string? format, object? argument, IFormatProvider? provider) => argument switch
        {
            Html html => html.ToString(),
            double number => number.ToString(format ?? "0.#", CultureInfo.InvariantCulture),
            IFormattable value => WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)),
            _ => WebUtility.HtmlEncode(argument?.ToString() ?? ""),
        };
    }
}
