namespace Pawl.Changes.Sandboxes;

/// <summary>An empty home and a temporary folder for one command, on the rungs that have no file system of their own.</summary>
internal sealed class SandboxHome : IDisposable
{
    private readonly TemporaryWork _work;

    private SandboxHome(TemporaryWork work)
    {
        _work = work;
        Home = Directory.CreateDirectory(System.IO.Path.Combine(Path, "home")).FullName;
        Temporary = Directory.CreateDirectory(System.IO.Path.Combine(Path, "tmp")).FullName;
    }

    /// <summary>The folder that both are in.</summary>
    public string Path => _work.Folder;

    public string Home { get; }

    public string Temporary { get; }

    /// <summary>Makes one.</summary>
    public static async Task<SandboxHome> CreateAsync() => new(await TemporaryWork.CreateAsync("sandbox").ConfigureAwait(false));

    /// <summary>Takes it away; what cannot be stays, below the system's temporary folder.</summary>
    public void Dispose() => _work.Dispose();
}
