using System.Runtime.CompilerServices;
using System.Text;

namespace Pawl.Experiments.Dashboard;

/// <summary>
/// A piece of the page, well-formed as XML too. It is made of templates whose holes take texts, which are encoded, and other pieces, which are
/// not: nothing else fits into a hole, so nothing reaches the page that was not encoded.
/// </summary>
internal readonly record struct Html(string Markup)
{
    public static Html Nothing { get; } = new("");

    public static Html Of(Template template) => new(template.Filled);

    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.Markup)));

    /// <summary>Characters that XML has no spelling for become U+FFFD: a name with a control character must not break the page.</summary>
    public static string Encoded(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var rune in text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => encoded.Append("&amp;"),
                '<' => encoded.Append("&lt;"),
                '>' => encoded.Append("&gt;"),
                '"' => encoded.Append("&quot;"),
                '\'' => encoded.Append("&#39;"),
                '\t' or '\n' => encoded.Append((char)rune.Value),
                < 0x20 or 0x7F or 0xFFFE or 0xFFFF => encoded.Append('\uFFFD'),
                _ => encoded.Append(rune),
            };
        }

        return encoded.ToString();
    }

    /// <summary>A template with its holes filled.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Template(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _filled = new(literalLength + (formattedCount * 16));

        public string Filled => _filled.ToString();

        public void AppendLiteral(string markup) => _filled.Append(markup);

        public void AppendFormatted(Html piece) => _filled.Append(piece.Markup);

        public void AppendFormatted(string? text) => _filled.Append(Encoded(text ?? ""));

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (var piece in pieces) _filled.Append(piece.Markup);
        }
    }
}
