using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Pawl.Experiments.Flagd;

/// <summary>
/// A file of flagd definitions, held by one writer at a time. It is replaced whole: written beside itself, synced, renamed, and the folder synced, so that
/// flagd, which watches it, sees the one or the other.
/// </summary>
internal sealed class FlagdFile : IDisposable
{
    private const string Schema = "https://flagd.dev/schema/v0/flags.json";
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly FileStream _lock;

    private FlagdFile(string path, FileStream held) => (_path, _lock) = (path, held);

    /// <summary>Takes the file for writing; other writers wait.</summary>
    /// <exception cref="UnavailableException">Another holds it for longer than 10 seconds, or its folder cannot be written to.</exception>
    public static async Task<FlagdFile> LockAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var target = Resolved(path);
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FlagdFile(target, new FileStream(target + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && time.GetElapsedTime(start) < LockWait)
            {
                await Task.Delay(LockPoll, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UnavailableException($"{path} cannot be held for writing by {target}.lock: {e.Message}", e);
            }
        }
    }

    /// <summary>What stands in the file; an empty definition where there is none.</summary>
    /// <exception cref="UnavailableException">It cannot be read, or is no flagd definition.</exception>
    public static JsonElement Read(string path)
    {
        try
        {
            var target = Resolved(path);
            if (!File.Exists(target)) return Json.Object(to =>
            {
                to.WriteString("$schema", Schema);
                to.WriteStartObject("flags");
                to.WriteEndObject();
            });
            if (new FileInfo(target).Length > Limits.FlagPayloadBytes) throw new UnavailableException($"{path} has more than {Limits.FlagPayloadBytes} bytes. Put the experiments' flags into a file of their own.");
            var document = Json.Parse(File.ReadAllBytes(target));
            return document.ValueKind == JsonValueKind.Object && document.TryGetProperty("flags", out var flags) && flags.ValueKind == JsonValueKind.Object
                ? document
                : throw new UnavailableException($"{path} is no flagd definition: it has no object \"flags\". Mend it, or name another file.");
        }
        catch (JsonException e)
        {
            throw new UnavailableException($"{path} is no flagd definition in JSON: {e.Message} Mend it, or name another file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnavailableException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A flag in a definition; null where there is none.</summary>
    public static FlagdFlag? Find(JsonElement document, string key) =>
        document.GetProperty("flags").TryGetProperty(key, out var flag) && flag.ValueKind == JsonValueKind.Object ? new FlagdFlag(flag) : null;

    /// <summary>What stands in the held file.</summary>
    public JsonElement Read() => Read(_path);

    /// <summary>Puts a flag in its place, or after the others; all else stays as it was.</summary>
    /// <exception cref="UnavailableException">It cannot be written. The file is as it was, or as it was to be.</exception>
    public void Put(JsonElement document, string key, FlagdFlag flag)
    {
        var temporary = _path + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(_path)) File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(_path));
                using (var to = new Utf8JsonWriter(stream, Json.Indented)) Write(to, document, key, flag);
                stream.WriteByte((byte)'\n');
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
            SyncFolder(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnavailableException($"{_path} cannot be replaced: {e.Message}", e);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static void Write(Utf8JsonWriter to, JsonElement document, string key, FlagdFlag flag)
    {
        to.WriteStartObject();
        foreach (var member in document.EnumerateObject())
        {
            if (member.Name != "flags")
            {
                member.WriteTo(to);
                continue;
            }

            to.WriteStartObject("flags");
            foreach (var other in member.Value.EnumerateObject())
            {
                if (other.Name == key) Json.WriteMember(to, key, flag.Definition);
                else other.WriteTo(to);
            }

            if (!member.Value.TryGetProperty(key, out _)) Json.WriteMember(to, key, flag.Definition);
            to.WriteEndObject();
        }

        to.WriteEndObject();
    }

    // A link stays a link: what it points to is replaced.
    private static string Resolved(string path)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        return file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    // A rename is durable once the folder is; .NET opens no folders.
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        using var handle = new SafeFileHandle(Open(folder, 0), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"The folder {folder} cannot be opened to be synced.");
        RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
