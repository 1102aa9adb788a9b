using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Reports;

/// <summary>The lines of a TAP report, and the block of YAML that may follow a test.</summary>
internal sealed partial class TapLines(TextReader text)
{
    // What of one line is looked at; the rest of a longer one is passed over.
    private const int LineCharacters = 16 * 1024;
    private const int BlockCharacters = 32 * 1024;

    private readonly char[] _buffer = new char[8192];
    private int _at;
    private int _filled;
    private string? _peeked;

    /// <summary>Of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    public string? Next()
    {
        if (_peeked is { } line)
        {
            _peeked = null;
            return line;
        }

        return ReadLine();
    }

    /// <summary>The block of YAML behind a test at a depth, as message, stack and place; empty where there is none.</summary>
    public (string Message, string Stack, string? File, int? Line) Diagnostics(int depth)
    {
        _peeked = ReadLine();
        if (_peeked is null) return ("", "", null, null);
        var indent = _peeked.Length - _peeked.AsSpan().TrimStart(' ').Length;
        if (indent <= depth * 4 || indent > (depth * 4) + 3 || !_peeked.AsSpan(indent).TrimEnd().SequenceEqual("---")) return ("", "", null, null);

        var (begun, margin, block) = (Number, new string(' ', indent), new StringBuilder());
        _peeked = null;
        while (ReadLine() is { } line)
        {
            if (line.StartsWith(margin, StringComparison.Ordinal))
            {
                if (line.AsSpan(indent).TrimEnd().SequenceEqual("...")) return TapDiagnostics.Of(block.ToString());
                line = line[indent..];
            }

            if (block.Length < BlockCharacters) block.Append(line).Append('\n');
        }

        throw new ReportException($"it ends within the diagnostics that begin in line {begun.ToString(CultureInfo.InvariantCulture)}.");
    }

    private string? ReadLine()
    {
        StringBuilder? longer = null;
        for (; ; )
        {
            if (_at == _filled)
            {
                _at = 0;
                _filled = text.Read(_buffer, 0, _buffer.Length);
                if (_filled == 0) return longer is null ? null : Counted(longer.ToString());
            }

            var rest = _buffer.AsSpan(_at, _filled - _at);
            var end = rest.IndexOf('\n');
            var part = end < 0 ? rest : rest[..end];
            _at += end < 0 ? rest.Length : end + 1;
            if (end >= 0 && longer is null) return Counted(part[..Math.Min(part.Length, LineCharacters)].ToString());
            longer ??= new StringBuilder();
            longer.Append(part[..Math.Clamp(LineCharacters - longer.Length, 0, part.Length)]);
            if (end >= 0) return Counted(longer.ToString());
        }
    }

    private string Counted(string line)
    {
        Number++;
        return line.EndsWith('\r') ? line[..^1] : line;
    }
}

/// <summary>
/// Takes from a block of YAML what helps to understand a failure. Not a YAML reader: every runner writes these few keys at the margin, as
/// one line or as a block of text, and what is not found so is shown as it stands.
/// </summary>
internal static partial class TapDiagnostics
{
    public static (string Message, string Stack, string? File, int? Line) Of(string block)
    {
        var values = Values(block);
        var message = First(values, "error", "message") ?? block;
        var place = First(values, "location", "file") ?? "";
        var match = Place().Match(place);
        var (file, line) = match.Success ? (match.Groups["file"].Value, match.Groups["line"].Value) : (place, First(values, "line") ?? "");
        return (message.Trim(), (First(values, "stack", "at") ?? "").Trim(), file.Length == 0 ? null : file,
            int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
    }

    private static string? First(Dictionary<string, string> values, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (values.TryGetValue(key, out var value) && value.Length > 0) return value;
        }

        return null;
    }

    private static Dictionary<string, string> Values(string block)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var (key, text) = ("", new StringBuilder());
        foreach (var line in block.Split('\n'))
        {
            if (Key().Match(line) is { Success: true } found)
            {
                Keep();
                (key, text) = (found.Groups["key"].Value, new StringBuilder(Unquoted(found.Groups["value"].Value.Trim())));
            }
            else if (key.Length > 0)
            {
                text.Append('\n').Append(line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : line);
            }
        }

        Keep();
        return values;

        void Keep()
        {
            if (key.Length > 0) values.TryAdd(key, text.ToString().Trim());
        }
    }

    private static string Unquoted(string value)
    {
        if (value is "|" or "|-" or "|+" or ">" or ">-" or ">+") return "";
        if (value.Length < 2) return value;
        return (value[0], value[^1]) switch
        {
            ('\'', '\'') => value[1..^1].Replace("''", "'", StringComparison.Ordinal),
            ('"', '"') => value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal),
            _ => value,
        };
    }

    [GeneratedRegex(@"^(?<key>[A-Za-z_]{1,40}):(?:\s(?<value>.*))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Key();

    [GeneratedRegex(@"^(?<file>.+?):(?<line>[0-9]{1,9})(?::[0-9]{1,9})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Place();
}
