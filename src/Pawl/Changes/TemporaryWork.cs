using Pawl.Changes.Sandboxes;

namespace Pawl.Changes;

/// <summary>
/// A folder below the system's temporary one, for what records nothing. A lock that the system gives back, however the process ends, tells whose owner is gone: those of the
/// same kind and user, and what still runs in them, are ended and taken away when the next one is made.
/// </summary>
public sealed class TemporaryWork : IDisposable
{
    private const string LockName = "lock";
    private const int Attempts = 5;
    private readonly FileStream _lock;

    private TemporaryWork(string folder, FileStream held) => (Folder, _lock) = (folder, held);

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Makes one.</summary>
    /// <param name="kind">What it is for, as a part of its name: <c>gate</c>.</param>
    public static async Task<TemporaryWork> CreateAsync(string kind)
    {
        var prefix = $"pawl-{kind}-";
        var work = Create(prefix);
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), prefix + "*").Where(left => left != work.Folder)) await TakeAwayAsync(left, work.Folder).ConfigureAwait(false);
        return work;
    }

    /// <summary>Takes it away with all that is in it.</summary>
    public void Dispose()
    {
        WorkFolder.Delete(Folder);
        _lock.Dispose();
    }

    private static TemporaryWork Create(string prefix)
    {
        for (var attempt = 1; ; attempt++)
        {
            var folder = Directory.CreateTempSubdirectory(prefix).FullName;
            try
            {
                return new TemporaryWork(folder, Lock(folder, FileMode.CreateNew));
            }
            catch (IOException) when (attempt < Attempts)
            {
                // Another process took it for one that was left, in the instant in which nobody held it.
            }
        }
    }

    // In a folder that everybody may write to, what somebody else has named alike is none of Pawl's.
    private static async Task TakeAwayAsync(string left, string own)
    {
        if (FileFacts.Of(left, followsLink: false) is not { } facts || facts.Owner != FileFacts.Of(own, followsLink: false)?.Owner) return;
        try
        {
            using var held = Lock(left, FileMode.Open);
            await Sandbox.EndLeftoversAsync(left).ConfigureAwait(false);
            WorkFolder.Delete(left);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody works in it, or is just making or leaving it.
        }
    }

    private static FileStream Lock(string folder, FileMode mode) => new(Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);
}
