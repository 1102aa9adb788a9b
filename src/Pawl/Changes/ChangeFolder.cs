using System.Text;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes;

/// <summary>The folder of a change, in which one process works at a time. A lock that the system gives back, however that process ends, keeps the others out.</summary>
internal sealed class ChangeFolder : IDisposable
{
    private const string LockName = "lock";
    private readonly FileStream _lock;

    private ChangeFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Takes it, and creates it where it is not there.</summary>
    /// <param name="services">Whose folder of changes it is in.</param>
    /// <param name="id">The change.</param>
    /// <exception cref="UnavailableException">Another process works in it.</exception>
    public static ChangeFolder Own(ChangeServices services, string id)
    {
        var path = System.IO.Path.Combine(services.Folder, id);
        Folders.CreatePrivate(path);
        try
        {
            var held = Lock(path, FileMode.OpenOrCreate);
            if (held.Length == 0) held.Write(Owner(services));
            held.Flush(flushToDisk: true);
            return new ChangeFolder(path, held);
        }
        catch (IOException e) when (Directory.Exists(path))
        {
            throw new UnavailableException($"Another process works on {id}. Wait until it ends.", e);
        }
    }

    /// <summary>Takes away the folders of processes that were killed before they had stored a change.</summary>
    /// <param name="services">Whose folders they are; those that another database knows of are left alone.</param>
    public static async Task SweepAsync(ChangeServices services)
    {
        if (!Directory.Exists(services.Folder)) return;
        foreach (var path in Directory.EnumerateDirectories(services.Folder))
        {
            try
            {
                // Who goes on with a change needs its lock: it is taken only where no change is known of, and asked for again then, for it may have been stored meanwhile.
                if (IsStored(services, path)) continue;
                using var held = Lock(path, FileMode.Open);
                var owner = new byte[(int)held.Length];
                held.ReadExactly(owner);
                if (!owner.AsSpan().SequenceEqual(Owner(services)) || IsStored(services, path)) continue;
                await Sandbox.EndLeftoversAsync(path).ConfigureAwait(false);
                WorkFolder.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or UnavailableException)
            {
                // Somebody works in it, it is none of Pawl's, or there is no database yet: it can wait.
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Dispose() => _lock.Dispose();

    private static bool IsStored(ChangeServices services, string path) => services.Changes.Find(System.IO.Path.GetFileName(path)) is not null;

    private static byte[] Owner(ChangeServices services) => Encoding.UTF8.GetBytes(services.Store.Identity + "\n");

    private static FileStream Lock(string path, FileMode mode) => new(System.IO.Path.Combine(path, LockName), mode, FileAccess.ReadWrite, FileShare.None);
}
