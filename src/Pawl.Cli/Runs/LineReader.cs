using System.Runtime.CompilerServices;

namespace Pawl.Cli.Runs;

/// <summary>Reads lines of bytes; a line that is too long is counted and passed over without being kept.</summary>
internal static class LineReader
{
    /// <summary>A line without its ending.</summary>
    /// <param name="Bytes">The line; empty where it was dropped.</param>
    /// <param name="Dropped">Where the line was too long, how long it was.</param>
    public readonly record struct Line(ReadOnlyMemory<byte> Bytes, long Dropped);

    public static async IAsyncEnumerable<Line> ReadAsync(Stream input, int maximum, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var (length, dropped) = (0, 0L);
        while (true)
        {
            if (length == buffer.Length && length <= maximum) Array.Resize(ref buffer, buffer.Length * 2);
            var read = await input.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
            var start = 0;
            int end;
            while ((end = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0)
            {
                var line = buffer.AsSpan(start, end).TrimEnd((byte)'\r');
                if (dropped > 0) yield return new Line(default, dropped + line.Length);
                else if (line.Length > maximum) yield return new Line(default, line.Length);
                else yield return new Line(line.ToArray(), 0);
                dropped = 0;
                start += end + 1;
            }

            buffer.AsSpan(start, length - start).CopyTo(buffer);
            length -= start;
            if (length <= maximum) continue;
            dropped += length;
            length = 0;
        }

        if (dropped > 0 || length > 0) yield return dropped > 0 ? new Line(default, dropped + length) : new Line(buffer.AsSpan(0, length).ToArray(), 0);
    }
}
