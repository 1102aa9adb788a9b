using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>
/// The local journal of one process for one database: what the store did not take. Its first line names the owner, each further one
/// is an event. The file is held exclusively while its process lives, so that nobody replays what still grows.
/// </summary>
internal sealed class Spill(string root, string databaseIdentity, RunOwner owner) : IDisposable
{
    private FileStream? _file;
    private long _end;

    public string Directory { get; } = System.IO.Path.Combine(
        root, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(databaseIdentity)).AsSpan(0, 8)));

    public string Path => System.IO.Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"{owner.ProcessId}-{owner.Id}.jsonl"));

    public bool IsEmpty => _file is null;

    /// <summary>Appends lines; returns when they are on disk.</summary>
    public void Append(string lines)
    {
        if (_file is null)
        {
            Folders.CreatePrivate(Directory);
            _file = new FileStream(Path, Folders.Private(FileMode.Create));
            _end = 0;
        }

        if (_end == 0) lines = Header(owner) + "\n" + lines;
        var bytes = Encoding.UTF8.GetBytes(lines);
        _file.Position = _end;
        try
        {
            _file.Write(bytes);
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _file.SetLength(_end); // on a full disk half a line may stand there, which the next one must not continue
            throw;
        }

        _end += bytes.Length;
    }

    /// <summary>The lines so far, for replaying them.</summary>
    public IEnumerable<string> Lines()
    {
        _file!.Position = 0;
        foreach (var line in SpillFile.Lines(_file)) yield return line;
    }

    /// <summary>Removes the file after its lines were replayed.</summary>
    public void Clear()
    {
        _file?.Dispose();
        _file = null;
        File.Delete(Path);
    }

    public void Dispose() => _file?.Dispose();

    private static string Header(RunOwner owner) => Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(owner, RunsJsonContext.Default.RunOwner));
}

/// <summary>Reads spill files.</summary>
internal static class SpillFile
{
    /// <summary>The complete lines: a last one without its line feed was never acknowledged.</summary>
    public static IEnumerable<string> Lines(Stream file)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var line = new StringBuilder();
        var buffer = new char[16 * 1024];
        int read;
        while ((read = reader.Read(buffer)) > 0)
        {
            var rest = buffer.AsMemory(0, read);
            int end;
            while ((end = rest.Span.IndexOf('\n')) >= 0)
            {
                yield return line.Append(rest.Span[..end]).ToString();
                line.Clear();
                rest = rest[(end + 1)..];
            }

            line.Append(rest.Span);
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(RunOwner))]
internal sealed partial class RunsJsonContext : System.Text.Json.Serialization.JsonSerializerContext;
