using System.Security.Cryptography;
using System.Text;

namespace Pawl.Ledger;

/// <summary>
/// The second place for checkpoints: a file of signed notes, one after the other, away from the database. A ledger cannot show by itself
/// that nothing was cut off its end; against this file it can.
/// </summary>
/// <param name="path">The file; null for one below <c>$XDG_STATE_HOME/pawl/checkpoints</c>, a file for each origin.</param>
public sealed class CheckpointFile(string? path = null)
{
    private const int TailBytes = 4 * Limits.CheckpointBytes;

    /// <summary>Where the checkpoints of an origin stand.</summary>
    public string PathOf(string origin)
    {
        if (path is not null) return Path.GetFullPath(path);
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
            state = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "pawl", "checkpoints", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)).AsSpan(0, 8)) + ".txt");
    }

    /// <summary>Reads a file of notes whole.</summary>
    /// <exception cref="BadInputException">It is missing, too large, or holds anything but signed notes.</exception>
    public static IReadOnlyList<Checkpoint> ReadAll(string path)
    {
        var checkpoints = Read(path, isGrowing: false);
        return checkpoints.Count > 0 ? checkpoints : throw new BadInputException($"{path} holds no checkpoint.");
    }

    /// <summary>The checkpoints of an origin, of which there may be none. A note at the end that is being written is passed over.</summary>
    /// <exception cref="BadInputException">The file is too large, cannot be read, or holds anything but signed notes.</exception>
    public IReadOnlyList<Checkpoint> Of(string origin)
    {
        var file = PathOf(origin);
        try
        {
            return File.Exists(file) ? [.. Read(file, isGrowing: true).Where(checkpoint => checkpoint.Origin == origin)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The checkpoints in {file} cannot be read: {e.Message}", e);
        }
    }

    private static List<Checkpoint> Read(string path, bool isGrowing)
    {
        if (!File.Exists(path)) throw new BadInputException($"There is no file of checkpoints {path}.");
        if (new FileInfo(path).Length > Limits.CheckpointFileBytes)
            throw new BadInputException($"{path} has more than {Limits.CheckpointFileBytes} bytes. Keep its newest checkpoints in a file of their own.");
        var checkpoints = new List<Checkpoint>();
        var at = 1;
        foreach (var note in Notes(File.ReadAllText(path)))
        {
            if (isGrowing && IsUnfinished(note)) break;
            if (!Checkpoint.TryParse(note, out var checkpoint)) throw new BadInputException($"{path} holds no signed checkpoint at line {at}. Name a file that Pawl wrote, or a part of it that begins with an origin.");
            checkpoints.Add(checkpoint);
            at += note.Count(c => c == '\n');
        }

        return checkpoints;
    }

    /// <summary>The largest of the newest checkpoints of an origin; null where there is none.</summary>
    /// <exception cref="UnavailableException">The file cannot be read.</exception>
    public Checkpoint? Last(string origin)
    {
        var file = PathOf(origin);
        try
        {
            if (!File.Exists(file)) return null;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Last(stream, origin);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnavailableException($"The checkpoints in {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Adds a checkpoint and returns when it is on disk. What an earlier process left half-written at the end is taken off.</summary>
    /// <exception cref="UnavailableException">The file cannot be written.</exception>
    public void Append(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var file = PathOf(checkpoint.Origin);
        try
        {
            Folders.CreatePrivate(Path.GetDirectoryName(file)!);
            using var exclusive = Exclusive(file + ".lock");
            var options = Folders.Private(FileMode.OpenOrCreate);
            options.Share = FileShare.ReadWrite; // the other file is the lock; readers pass over a note that is not finished
            using var stream = new FileStream(file, options);
            if (Last(stream, checkpoint.Origin) is { } last && last.Size >= checkpoint.Size) return;
            var end = WholeNotes(stream);
            stream.SetLength(end);
            stream.Position = end;
            try
            {
                stream.Write(Encoding.UTF8.GetBytes(checkpoint.ToString()));
                stream.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                stream.SetLength(end); // on a full disk half a note may stand there
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnavailableException($"The checkpoint could not be copied to {file}: {e.Message}", e);
        }
    }

    // What follows it would be a part of it, so it is the last one.
    private static bool IsUnfinished(string note) =>
        Checkpoint.IsStart(note) && !(note.EndsWith('\n') && Checkpoint.IsSignatureLine(note[(note.AsSpan()[..^1].LastIndexOf('\n') + 1)..]));

    private static FileStream Exclusive(string path)
    {
        for (var attempts = 0; ; attempts++)
        {
            try
            {
                return new FileStream(path, Folders.Private(FileMode.OpenOrCreate));
            }
            catch (IOException) when (attempts < 1000 && File.Exists(path))
            {
#pragma warning disable RS0030 // Another process's lock cannot be waited for, only asked for again.
                Thread.Sleep(5);
#pragma warning restore RS0030
            }
        }
    }

    private static Checkpoint? Last(FileStream stream, string origin)
    {
        var tail = Tail(stream, out _);
        Checkpoint? last = null;
        foreach (var note in Notes(tail))
        {
            if (Checkpoint.TryParse(note, out var checkpoint) && checkpoint.Origin == origin && !(last?.Size > checkpoint.Size)) last = checkpoint;
        }

        return last;
    }

    // Where the last whole note ends. Behind it, only a note that was never finished is taken off.
    private static long WholeNotes(FileStream stream)
    {
        var tail = Tail(stream, out var from);
        var (at, end, rest) = (0, 0, "");
        foreach (var note in Notes(tail))
        {
            at += note.Length;
            var isWhole = Checkpoint.TryParse(note, out _);
            if (isWhole) end = at;
            rest = isWhole ? "" : rest + note;
        }

        if (rest.Length > 0 && (end == 0 && from > 0 || !Checkpoint.IsStart(rest))) throw new IOException("it ends with something else than checkpoints");
        return from + Encoding.UTF8.GetByteCount(tail.AsSpan(0, end));
    }

    // Begins at a line's start.
    private static string Tail(FileStream stream, out long from)
    {
        from = Math.Max(0, stream.Length - TailBytes);
        stream.Position = from;
        var bytes = new byte[stream.Length - from];
        stream.ReadExactly(bytes);
        var skip = from == 0 ? 0 : bytes.AsSpan().IndexOf((byte)'\n') + 1;
        from += skip;
        return Encoding.UTF8.GetString(bytes.AsSpan(skip));
    }

    private static IEnumerable<string> Notes(string text)
    {
        var (start, at, inSignatures) = (0, 0, false);
        while (at < text.Length)
        {
            var feed = text.IndexOf('\n', at);
            var next = feed < 0 ? text.Length : feed + 1;
            var isSignature = Checkpoint.IsSignatureLine(text[at..next]);
            if (inSignatures && !isSignature)
            {
                yield return text[start..at];
                start = at;
            }

            (at, inSignatures) = (next, isSignature);
        }

        if (start < text.Length) yield return text[start..];
    }
}
