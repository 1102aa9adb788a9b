using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// The conversions of ECMA-262 that conditions are defined by. The SDKs agree with one another as far as they agree with
/// JavaScript here, so Pawl follows its letter.
/// </summary>
internal static class JavaScript
{
    /// <summary>Characters that any number takes at most.</summary>
    public const int NumberCharacters = 32;

    // ECMA-262 WhiteSpace and LineTerminator: what StringToNumber trims.
    private static readonly SearchValues<char> Blanks = SearchValues.Create(
        "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff");

    /// <summary>ToBoolean (§7.1.2).</summary>
    public static bool IsTruthy(in AttributeValue value) => value.Kind switch
    {
        AttributeKind.Null or AttributeKind.False => false,
        AttributeKind.Number => value.Number is not (0 or double.NaN),
        AttributeKind.Text => value.Text!.Length > 0,
        _ => true,
    };

    /// <summary>ToBoolean of a flag's value.</summary>
    public static bool IsTruthy(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.String => !value.ValueEquals(""),
        _ => true,
    };

    /// <summary>ToNumber (§7.1.4).</summary>
    public static double ToNumber(in AttributeValue value) => value.Kind switch
    {
        AttributeKind.Number => value.Number,
        AttributeKind.Text => ToNumber(value.Text),
        AttributeKind.Null or AttributeKind.False => 0,
        AttributeKind.True => 1,
        AttributeKind.List => ToNumber(ToText(value)),
        _ => double.NaN,
    };

    /// <summary>StringToNumber (§7.1.4.1.1).</summary>
    public static double ToNumber(ReadOnlySpan<char> text)
    {
        text = Trim(text);
        if (text.IsEmpty) return 0;
        if (text.Length > 2 && text[0] == '0' && !char.IsAsciiDigit(text[1]) && text[1] != '.' && (text[1] | 0x20) != 'e') return ToInteger(text[2..], text[1] | 0x20);
        var digits = text[0] is '+' or '-' ? text[1..] : text;
        if (digits is "Infinity") return text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (digits.IsEmpty || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.')) return double.NaN;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }

    /// <summary>Number::toString (§6.1.6.1.20), into a span of at least <see cref="NumberCharacters"/>.</summary>
    public static int Write(double number, Span<char> to)
    {
        // In this range .NET's shortest round trip spells what JavaScript spells.
        if (number == 0 || Math.Abs(number) is >= 1e-5 and < 1e15)
        {
            number.TryFormat(to, out var length, default, CultureInfo.InvariantCulture);
            return number == 0 ? Copy("0", to) : length;
        }

        return Copy(ToText(number), to);
    }

    /// <summary>ToString (§7.1.17). Allocates, except for a text.</summary>
    public static string ToText(in AttributeValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.Text:
                return value.Text!;
            case AttributeKind.Number:
                return ToText(value.Number);
            case AttributeKind.List:
                // Array.prototype.join: null is empty.
                return string.Join(',', value.Items.Select(item => item.Kind == AttributeKind.Null ? "" : ToText(item)));
            case AttributeKind.Object:
                return "[object Object]";
            default:
                return value.Kind == AttributeKind.Null ? "null" : value.Kind == AttributeKind.True ? "true" : "false";
        }
    }

    /// <summary>Whether ToString of the value is this text; allocates only for a list.</summary>
    public static bool IsText(in AttributeValue value, string text)
    {
        if (value.Kind == AttributeKind.Text) return string.Equals(value.Text, text, StringComparison.Ordinal);
        if (value.Kind != AttributeKind.Number) return string.Equals(ToText(value), text, StringComparison.Ordinal);
        Span<char> digits = stackalloc char[NumberCharacters];
        return text.AsSpan().SequenceEqual(digits[..Write(value.Number, digits)]);
    }

    /// <summary>JSON.stringify (§25.5.2); half a surrogate pair becomes U+FFFD, so that the text is JSON that Pawl reads.</summary>
    public static string Stringify(in AttributeValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Stringify(value, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Stringify(in AttributeValue value, ArrayBufferWriter<byte> to)
    {
        switch (value.Kind)
        {
            case AttributeKind.Text:
                CanonicalJson.WriteString(value.Text!, to);
                break;
            case AttributeKind.List:
                StringifyList(value.Items, to);
                break;
            case AttributeKind.Object:
                StringifyObject(value.Members, to);
                break;
            case AttributeKind.Number when !double.IsFinite(value.Number):
                to.Write("null"u8);
                break;
            default:
                to.Write(Encoding.ASCII.GetBytes(ToText(value)));
                break;
        }
    }

    private static void StringifyList(AttributeValue[] items, ArrayBufferWriter<byte> to)
    {
        for (var i = 0; i < items.Length; i++)
        {
            to.Write(i == 0 ? "["u8 : ","u8);
            Stringify(items[i], to);
        }

        to.Write(items.Length == 0 ? "[]"u8 : "]"u8);
    }

    private static void StringifyObject(AttributeMembers members, ArrayBufferWriter<byte> to)
    {
        for (var i = 0; i < members.Count; i++)
        {
            to.Write(i == 0 ? "{"u8 : ","u8);
            CanonicalJson.WriteString(members.Names[i], to);
            to.Write(":"u8);
            Stringify(members[members.Names[i]], to);
        }

        to.Write(members.Count == 0 ? "{}"u8 : "}"u8);
    }

    private static string ToText(double number) =>
        double.IsFinite(number) ? CanonicalJson.Number(number) : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        var start = text.IndexOfAnyExcept(Blanks);
        return start < 0 ? [] : text[start..(text.LastIndexOfAnyExcept(Blanks) + 1)];
    }

    private static double ToInteger(ReadOnlySpan<char> digits, int radixMark)
    {
        var radix = radixMark switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        double number = 0;
        foreach (var c in digits)
        {
            var digit = !char.IsAsciiHexDigit(c) ? int.MaxValue : char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
            if (digit >= radix) return double.NaN;
            number = (number * radix) + digit;
        }

        return number;
    }

    private static int Copy(string text, Span<char> to)
    {
        text.CopyTo(to);
        return text.Length;
    }
}
