using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pawl;

/// <summary>
/// Documents that people write, in YAML or JSON, as one JSON value, so that each has one reader. What begins with <c>{</c> or <c>[</c> is JSON;
/// anything else is one YAML 1.2 document under the core schema: <c>yes</c> and <c>on</c> are texts. Anchors, aliases and tags are refused, for a few
/// lines of them can stand for gigabytes, and so are numbers that JSON cannot spell.
/// </summary>
internal static partial class Yaml
{
    /// <summary>Reads one document.</summary>
    /// <exception cref="JsonShapeException">It is none; the message has the path or the line.</exception>
    public static JsonElement Read(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) throw new JsonShapeException("not UTF-8");
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        var first = utf8.Span.TrimStart(" \t\r\n"u8);
        return first.Length > 0 && first[0] is (byte)'{' or (byte)'[' ? ReadJson(utf8) : ReadYaml(Encoding.UTF8.GetString(utf8.Span));
    }

    private static JsonElement ReadJson(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            JsonShape.ExpectUnicode(utf8.Span);
            return Json.Parse(utf8);
        }
        catch (Exception e) when (e is JsonException or BadInputException)
        {
            throw new JsonShapeException($"not valid JSON: {e.Message}");
        }
    }

    private static JsonElement ReadYaml(string text)
    {
        try
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var to = new Utf8JsonWriter(buffer, Json.Plain))
            {
                using var reader = new StringReader(text);
                Document(new Parser(reader), to);
            }

            return Json.Parse(buffer.WrittenMemory);
        }
        catch (YamlException e)
        {
            throw new JsonShapeException(string.Create(CultureInfo.InvariantCulture, $"not valid YAML at line {e.Start.Line}, column {e.Start.Column}: {e.Message}"));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            throw new JsonShapeException("not valid YAML"); // the scanner gives up on some texts without saying where
        }
    }

    private static void Document(Parser parser, Utf8JsonWriter to)
    {
        parser.Consume<StreamStart>();
        if (parser.TryConsume<StreamEnd>(out _))
        {
            to.WriteNullValue();
            return;
        }

        parser.Consume<DocumentStart>();
        Value(parser, to, 0);
        parser.Consume<DocumentEnd>();
        if (!parser.TryConsume<StreamEnd>(out _)) throw new JsonShapeException("expected one YAML document, found a second one");
    }

    private static void Value(Parser parser, Utf8JsonWriter to, int depth)
    {
        if (depth > Limits.JsonDepth) throw new JsonShapeException($"nested deeper than the {Limits.JsonDepth} levels allowed");
        if (parser.TryConsume<AnchorAlias>(out var alias)) throw At(alias, "aliases are not read; write the value out");
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } anchored) throw At(anchored, "anchors are not read; write the value out where it is needed");
        if (parser.Current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } } tagged) throw At(tagged, "tags are not read; put quotes around what is a text");
        if (parser.TryConsume<MappingStart>(out _)) Mapping(parser, to, depth);
        else if (parser.TryConsume<SequenceStart>(out _)) Sequence(parser, to, depth);
        else Scalar(parser.Consume<Scalar>(), to);
    }

    private static void Mapping(Parser parser, Utf8JsonWriter to, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        to.WriteStartObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key)) throw At(parser.Current!, "a member's name is a text");
            JsonShape.Within(key.Value, () =>
            {
                if (!names.Add(key.Value)) throw At(key, "it stands twice");
                to.WritePropertyName(key.Value);
                Value(parser, to, depth + 1);
            });
        }

        to.WriteEndObject();
    }

    private static void Sequence(Parser parser, Utf8JsonWriter to, int depth)
    {
        to.WriteStartArray();
        for (var i = 0; !parser.TryConsume<SequenceEnd>(out _); i++)
        {
            try
            {
                Value(parser, to, depth + 1);
            }
            catch (JsonShapeException e)
            {
                throw e.Inside(i);
            }
        }

        to.WriteEndArray();
    }

    // YAML 1.2.2 §10.3.2: which plain scalars are no texts.
    private static void Scalar(Scalar scalar, Utf8JsonWriter to)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain) to.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL") to.WriteNullValue();
        else if (text is "true" or "True" or "TRUE") to.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE") to.WriteBooleanValue(false);
        else if (NotFinite().IsMatch(text)) throw At(scalar, $"{text} is not a finite number");
        else if (Number().IsMatch(text)) WriteNumber(scalar, to);
        else to.WriteStringValue(text);
    }

    private static void WriteNumber(Scalar scalar, Utf8JsonWriter to)
    {
        var (text, culture) = (scalar.Value, CultureInfo.InvariantCulture);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var whole)) to.WriteNumberValue(whole);
        else if (text.StartsWith("0x", StringComparison.Ordinal)) to.WriteNumberValue((double)BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, culture));
        else if (double.TryParse(text, NumberStyles.Float, culture, out var number) && double.IsFinite(number)) to.WriteNumberValue(number);
        else throw At(scalar, $"{ShortText.Start(text, 60)} is not a finite number");
    }

    private static JsonShapeException At(ParsingEvent place, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what} (line {place.Start.Line}, column {place.Start.Column})"));

    [GeneratedRegex(@"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F]{1,16})$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();
}
