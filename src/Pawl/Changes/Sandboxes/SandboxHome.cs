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

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The command made something in it that cannot be removed, such as a folder without rights; it is below the system's temporary one.
        }
    }
}
