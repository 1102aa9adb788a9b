using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Pawl.Runs.Formats;

/// <summary>Reads JSON from outside: one value, UTF-8, within the limits, no member twice but those named. Says where it is not.</summary>
internal static class JsonGuard
{
    // Tools that write derived members along leave stale ones standing in front: they are passed over, so they may stand twice.
    private static readonly HashSet<string> Derived = new(StringComparer.Ordinal)
    {
        "chosen_option", "was_successful", "was_good_decision", "success_rate", "duration_ms",
    };

    /// <summary>Parses a value; the caller disposes it.</summary>
    /// <exception cref="BadInputException">It is not what is demanded; the message says where.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, bool derivedMayRepeat)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        if (json.Length == 0) throw new BadInputException("the file is empty");
        if (!Utf8.IsValid(json.Span)) throw new BadInputException($"it is not UTF-8 (byte {FirstBadByte(json.Span).ToString(CultureInfo.InvariantCulture)}); convert it first");
        try
        {
            Check(json.Span, derivedMayRepeat);
            return JsonDocument.Parse(json, Json.Stored);
        }
        catch (JsonException e)
        {
            throw Described(e);
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException("a member's name holds half of a surrogate pair", e);
        }
    }

    public static BadInputException Described(JsonException e)
    {
        var what = e.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
        if (what.Contains("depth", StringComparison.Ordinal) && what.Contains("exceed", StringComparison.Ordinal))
            what = $"it nests deeper than the {Limits.JsonDepth} levels allowed";
        else if (what.StartsWith("Expected depth to be zero", StringComparison.Ordinal) || what.Contains("end of data", StringComparison.Ordinal))
            what = "it ends in the middle of a value, as a half-written file does";
        return new BadInputException(string.Create(CultureInfo.InvariantCulture, $"it is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {what}"), e);
    }

    private static void Check(ReadOnlySpan<byte> json, bool derivedMayRepeat)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Json.Stored.MaxDepth });
        var names = new List<HashSet<string>>();
        while (reader.Read())
        {
            if (reader.ValueSpan.Length > Limits.ImportedMemberBytes) throw TooLarge(reader.ValueSpan.Length);
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                while (names.Count <= reader.CurrentDepth) names.Add(new HashSet<string>(StringComparer.Ordinal));
                names[reader.CurrentDepth].Clear();
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names[reader.CurrentDepth - 1].Add(name) && !(derivedMayRepeat && Derived.Contains(name)))
                    throw new BadInputException($"the member \"{(name.Length <= 60 ? name : name[..60])}\" stands twice in one object (line {Line(json, reader.TokenStartIndex)})");
            }
        }
    }

    private static BadInputException TooLarge(int bytes) => new(string.Create(
        CultureInfo.InvariantCulture, $"one member holds {bytes:N0} bytes, more than the {Limits.ImportedMemberBytes:N0} allowed"));

    private static string Line(ReadOnlySpan<byte> json, long at) => (json[..(int)at].Count((byte)'\n') + 1).ToString(CultureInfo.InvariantCulture);

    private static int FirstBadByte(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }
}
