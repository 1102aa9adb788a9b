using System.Text;

namespace Pawl.Changes.Reports;

/// <summary>What a report is written in: UTF-8, or what its byte order mark says. Bytes that are not in it are refused, not replaced.</summary>
internal static class ReportEncoding
{
    private const int MarkBytes = 4;

    /// <summary>The encoding of the byte order mark, null where there is none.</summary>
    /// <param name="whole">The same bytes from their beginning.</param>
    public static Encoding? Detect(Stream content, out Stream whole)
    {
        var head = new byte[MarkBytes];
        var read = content.ReadAtLeast(head, MarkBytes, throwOnEndOfStream: false);
        whole = new PrefixedStream(head[..read], content);
        return head.AsSpan(0, read) switch
        {
            [0xFF, 0xFE, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
            [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
            [0xEF, 0xBB, 0xBF, ..] => Utf8,
            [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => null,
        };
    }

    /// <summary>The characters, without the mark.</summary>
    public static TextReader Characters(Stream whole, Encoding? encoding)
    {
        var reader = new StreamReader(whole, encoding ?? Utf8, detectEncodingFromByteOrderMarks: false, bufferSize: 16 * 1024);
        if (reader.Peek() == '\uFEFF') _ = reader.Read();
        return reader;
    }

    private static UTF8Encoding Utf8 => new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);
}
