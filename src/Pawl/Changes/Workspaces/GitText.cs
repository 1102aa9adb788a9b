using System.Buffers;
using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// The NUL-separated lists that git reads and writes. Names in them are bytes; they are kept one byte per character (raw) until shown, so
/// that a name that is not UTF-8 goes back to git as it came.
/// </summary>
internal static class GitText
{
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The raw records of an output.</summary>
    public static IReadOnlyList<string> Records(byte[] output) =>
        output.Length == 0 ? [] : Encoding.Latin1.GetString(output, 0, output[^1] == 0 ? output.Length - 1 : output.Length).Split('\0');

    /// <summary>Raw records as git reads them.</summary>
    public static byte[] Input(IEnumerable<string> records) => Encoding.Latin1.GetBytes(string.Concat(records.Select(record => record + "\0")));

    /// <summary>A raw name as text.</summary>
    public static string Decode(string raw) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(raw));

    /// <summary>A name as git has it.</summary>
    public static string Encode(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a raw name is UTF-8, so that its text says all of it.</summary>
    public static bool IsText(string raw)
    {
        try
        {
            _ = Strict.GetCharCount(Encoding.Latin1.GetBytes(raw));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The id, if it is the full name of an object and can be nothing else on a command line.</summary>
    public static string Id(string id) => id.Length is 40 or 64 && !id.AsSpan().ContainsAnyExcept(Hexadecimal)
        ? id
        : throw new ArgumentException($"'{id}' is not an object id.", nameof(id));
}
