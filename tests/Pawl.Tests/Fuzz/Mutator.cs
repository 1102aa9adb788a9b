using System.Text;

namespace Pawl.Tests.Fuzz;

/// <summary>Breaks documents the way files break, and the way enemies break them. The same seed gives the same documents.</summary>
internal sealed class Mutator(int seed)
{
    private const int ChangesMax = 4;
    private const int BytesMax = 200_000;

    // What stands where another value belongs.
    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e999", "-0.0", "1E-400", "9223372036854775808", "123456789012345678901234567890", "0.1e1", "NaN", "\"\"", "\"x\"", "{}", "[]",
        "[null]", "{\"id\":null}", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\u2028\u0085\"", "\"../../etc/passwd\"", "\"0001-01-01T00:00:00+14:00\"",
        "\"9999-12-31T23:59:59.9999999-14:00\"", "\"2026-02-30T00:00:00\"", "\"0001-01-01T00:00:00\"", "\"9999-12-31T23:59:59\"", "\"running\"", "\"stuck\"", "\"Error: no\"", "\"api_key=abcdefghijklmnop1234\"",
        "\"" + new string('é', 300) + "\"", "\"x" + string.Concat(Enumerable.Repeat("😀", 110)) + "\"", new string('[', 100) + new string(']', 100), string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70),
    ];

    private readonly Random random = new(seed);

    /// <summary>A broken copy; now and then the document as it was.</summary>
    public byte[] Mutate(byte[] document)
    {
        var bytes = new List<byte>(document);
        for (var change = random.Next(ChangesMax); change > 0 && bytes.Count > 0 && bytes.Count < BytesMax; change--) Change(bytes);
        return [.. bytes];
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private void Change(List<byte> bytes)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(8))
        {
            case 0: // a flipped bit
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1: // half-written
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 2: // a slice twice
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 400), bytes.Count - at)));
                break;
            case 3: // a slice missing
                bytes.RemoveRange(at, Math.Min(random.Next(1, 60), bytes.Count - at));
                break;
            case 4: // not UTF-8
                bytes.InsertRange(at, Pick<byte[]>([[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80], [0], [0xEF, 0xBB, 0xBF]]));
                break;
            default: // another value in its place: by far the most telling, so the most frequent
                SwapValue(bytes, at);
                break;
        }
    }

    // From the first colon, comma or bracket after the place to the end of what follows it, as far as one can tell without parsing.
    private void SwapValue(List<byte> bytes, int at)
    {
        var start = bytes.FindIndex(at, b => b is (byte)':' or (byte)'[' or (byte)',') + 1;
        if (start == 0 || start >= bytes.Count) return;
        var end = bytes[start] == '"' ? bytes.IndexOf((byte)'"', start + 1) + 1 : bytes.FindIndex(start, b => b is (byte)',' or (byte)'}' or (byte)']');
        if (end <= start) return;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(Pick(Values)));
    }
}
