using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl;

/// <summary>
/// The one spelling of a JSON value (RFC 8785, JCS): members sorted by their UTF-16 code units, numbers as ECMAScript
/// prints an IEEE double, no insignificant blanks. Two values that mean the same have the same bytes, and so the same digest.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The canonical UTF-8 bytes of <paramref name="value"/>.</summary>
    /// <exception cref="BadInputException">A member stands twice, a number is out of a double's range, or a string holds half
    /// a surrogate pair: RFC 8785 has no spelling for those.</exception>
    public static byte[] Serialize(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(value, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>SHA-256 of the canonical bytes, as 64 lower-case hex digits.</summary>
    /// <exception cref="BadInputException">See <see cref="Serialize"/>.</exception>
    public static string Digest(JsonElement value) => Convert.ToHexStringLower(SHA256.HashData(Serialize(value)));

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i), '"', '\\']);

    private static void Write(JsonElement value, ArrayBufferWriter<byte> to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, to);
                break;
            case JsonValueKind.Array:
                to.Write("["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) to.Write(","u8);
                    first = false;
                    Write(item, to);
                }

                to.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(Text(value), to);
                break;
            case JsonValueKind.Number:
                to.Write(Encoding.ASCII.GetBytes(Number(value)));
                break;
            case JsonValueKind.True:
                to.Write("true"u8);
                break;
            case JsonValueKind.False:
                to.Write("false"u8);
                break;
            case JsonValueKind.Null:
                to.Write("null"u8);
                break;
            default:
                throw new BadInputException("There is no JSON value here to put into canonical form.");
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> to)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var member in value.EnumerateObject()) members.Add((Name(member), member.Value));
        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        to.Write("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name)
                    throw new BadInputException($"The member \"{members[i].Name}\" stands twice in one object.");
                to.Write(","u8);
            }

            WriteString(members[i].Name, to);
            to.Write(":"u8);
            Write(members[i].Value, to);
        }

        to.Write("}"u8);
    }

    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException("A string holds half of a surrogate pair, or bytes that are not UTF-8.", e);
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException("A member's name holds half of a surrogate pair, or bytes that are not UTF-8.", e);
        }
    }

    // RFC 8785 §3.2.2.2: only the quote, the backslash and the control characters are escaped.
    internal static void WriteString(string text, ArrayBufferWriter<byte> to)
    {
        if (!text.AsSpan().ContainsAny(Escaped))
        {
            var span = to.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
            span[0] = (byte)'"';
            var length = Encoding.UTF8.GetBytes(text, span[1..]);
            span[length + 1] = (byte)'"';
            to.Advance(length + 2);
            return;
        }

        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\t' => escaped.Append("\\t"),
                '\n' => escaped.Append("\\n"),
                '\f' => escaped.Append("\\f"),
                '\r' => escaped.Append("\\r"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        to.Write(Encoding.UTF8.GetBytes(escaped.Append('"').ToString()));
    }

    // RFC 8785 §3.2.2.3: ECMA-262 Number::toString, whose digits are those of the shortest round trip ("R").
    private static string Number(JsonElement value)
    {
        if (!value.TryGetDouble(out var number) || !double.IsFinite(number))
            throw new BadInputException($"The number {value.GetRawText()} does not fit an IEEE double.");
        return Number(number);
    }

    /// <summary>A finite double as ECMAScript prints it.</summary>
    internal static string Number(double number)
    {
        if (number == 0) return "0";
        var round = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mark = round.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? round : round[..mark];
        var exponent = mark < 0 ? 0 : int.Parse(round.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa : mantissa[..point];
        var digits = (whole + (point < 0 ? "" : mantissa[(point + 1)..])).TrimStart('0');
        var leading = whole.Length + (point < 0 ? 0 : mantissa.Length - point - 1) - digits.Length;
        var n = whole.Length + exponent - leading; // the value is 0.digits × 10^n
        digits = digits.TrimEnd('0');
        var k = digits.Length;
        var text = n switch
        {
            _ when k <= n && n <= 21 => digits + new string('0', n - k),
            > 0 and <= 21 => string.Concat(digits.AsSpan(0, n), ".", digits.AsSpan(n)),
            > -6 and <= 0 => "0." + new string('0', -n) + digits,
            _ => string.Concat(digits.AsSpan(0, 1), k > 1 ? "." : "", digits.AsSpan(1), n - 1 >= 0 ? "e+" : "e-")
                + Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture),
        };
        return number < 0 ? "-" + text : text;
    }
}
