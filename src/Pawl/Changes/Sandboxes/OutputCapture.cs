using System.Globalization;
using System.Text;

namespace Pawl.Changes.Sandboxes;

/// <summary>Keeps beginning and end of a stream in bounded memory, and reads on whatever comes, so that the writer never waits.</summary>
internal sealed class OutputCapture(long keepBytes)
{
    private readonly int _half = (int)Math.Clamp(keepBytes / 2, 128, 64 << 20);
    private readonly MemoryStream _head = new();
    private byte[] _tail = [];
    private long _tailBytes;

    /// <summary>All bytes that were written so far.</summary>
    public long Bytes => _head.Length + _tailBytes;

    /// <summary>Whether bytes were dropped.</summary>
    public bool IsCut => _tailBytes > _half;

    /// <summary>How many bytes are kept of each end.</summary>
    public int Half => _half;

    /// <summary>Reads until the end of the stream.</summary>
    public async Task DrainAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0) Add(buffer.AsSpan(0, read));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe was given up because somebody else still holds it; what was read until then stands.
        }
    }

    /// <summary>Adds what was read.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_head) Append(bytes);
    }

    /// <summary>The text so far, without the last <paramref name="dropLast"/> bytes.</summary>
    public CapturedOutput ToOutput(int dropLast = 0)
    {
        lock (_head) return Text(dropLast);
    }

    /// <summary>The last bytes that were written, at most <paramref name="count"/> of them.</summary>
    public byte[] End(int count)
    {
        lock (_head)
        {
            byte[] kept = IsCut ? Tail() : [.. _head.ToArray(), .. Tail()];
            return kept[^Math.Min(count, kept.Length)..];
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var first = Math.Min(bytes.Length, _half - (int)_head.Length);
        _head.Write(bytes[..first]);
        bytes = bytes[first..];
        if (bytes.IsEmpty) return;
        if (_tail.Length == 0) _tail = new byte[_half];
        if (bytes.Length > _half)
        {
            _tailBytes += bytes.Length - _half;
            bytes = bytes[^_half..];
        }

        var at = (int)(_tailBytes % _half);
        var fits = Math.Min(bytes.Length, _half - at);
        bytes[..fits].CopyTo(_tail.AsSpan(at));
        bytes[fits..].CopyTo(_tail);
        _tailBytes += bytes.Length;
    }

    private CapturedOutput Text(int dropLast)
    {
        var head = _head.GetBuffer().AsSpan(0, (int)_head.Length);
        var tail = Tail();
        if (!IsCut) return new CapturedOutput(Decode([.. head, .. tail], dropLast), Bytes - dropLast);
        var left = string.Create(CultureInfo.InvariantCulture, $"\n… {_tailBytes - _half:N0} bytes are left out here …\n");
        return new CapturedOutput(Decode(WholeAtEnd(head), 0) + left + Decode(WholeAtStart(tail), dropLast), Bytes - dropLast);
    }

    private byte[] Tail()
    {
        if (!IsCut) return _tail.AsSpan(0, (int)_tailBytes).ToArray();
        var at = (int)(_tailBytes % _half);
        return [.. _tail.AsSpan(at), .. _tail.AsSpan(0, at)];
    }

    private static string Decode(ReadOnlySpan<byte> bytes, int dropLast) =>
        Encoding.UTF8.GetString(bytes[..Math.Max(0, bytes.Length - dropLast)]).Replace("\0", "", StringComparison.Ordinal);

    // A character that the cut goes through is left out, rather than shown as damage that the program never wrote.
    private static ReadOnlySpan<byte> WholeAtEnd(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var value = bytes[^back];
            if (value < 0x80) return bytes;
            if (value < 0xC0) continue;
            var length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
            return length > back ? bytes[..^back] : bytes;
        }

        return bytes;
    }

    private static ReadOnlySpan<byte> WholeAtStart(ReadOnlySpan<byte> bytes)
    {
        var skip = 0;
        while (skip < Math.Min(3, bytes.Length) && (bytes[skip] & 0xC0) == 0x80) skip++;
        return bytes[skip..];
    }
}
