namespace Pawl.Changes.Sandboxes;

/// <summary>The programs that build a sandbox; null where this machine has none.</summary>
internal sealed record SandboxTools(string? Bubblewrap, string? Unshare, string? SetPriv, string? PrLimit, string? SetSid, string? Ip)
{
    private static readonly string[] SystemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Finds them where the system keeps its programs; PATH comes last, for it may begin with folders that others write to.</summary>
    public static SandboxTools Find()
    {
        string? On(string name) => Locate(name, [.. SystemFolders, .. SearchPath()]);
        return new SandboxTools(On("bwrap"), On("unshare"), On("setpriv"), On("prlimit"), On("setsid"), On("ip"));
    }

    /// <summary>The folders of PATH that exist, as absolute paths.</summary>
    public static string[] SearchPath() =>
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Where(f => f.StartsWith('/') && Directory.Exists(f)).Distinct(StringComparer.Ordinal)];

    /// <summary>The first of the folders' programs with this name.</summary>
    public static string? Locate(string name, IEnumerable<string> folders) =>
        folders.Select(f => Path.Combine(f, name)).FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path)
    {
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            return File.Exists(path) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(RealPath.Of(path)) & execute) != UnixFileMode.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
