namespace Pawl.Changes.Sandboxes;

/// <summary>An empty home and a temporary folder for one command, on the rungs that have no file system of their own.</summary>
internal sealed class SandboxHome : IDisposable
{
    public SandboxHome()
    {
        Path = Directory.CreateTempSubdirectory("pawl-sandbox-").FullName;
        Home = Directory.CreateDirectory(System.IO.Path.Combine(Path, "home")).FullName;
        Temporary = Directory.CreateDirectory(System.IO.Path.Combine(Path, "tmp")).FullName;
    }

    /// <summary>The folder that both are in.</summary>
    public string Path { get; }

    public string Home { get; }

    public string Temporary { get; }

    /// <summary>Takes it away; what cannot be stays, below the system's temporary folder.</summary>
    public void Dispose() => WorkFolder.Delete(Path);
}
