using System.Globalization;

namespace Pawl.Changes.Sandboxes;

/// <summary>What no sandboxed command gets to see of this machine, unless it is bound into the sandbox again.</summary>
internal static class HiddenPlaces
{
    private const int FirstUser = 1000, LastUser = 65533;
    private static readonly string[] Temporary = ["/tmp", "/var/tmp"];
    private static readonly string[] Usual = ["/root", "/home", "/run"];
    private static readonly string[] Sensitive = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/ssh", "/etc/ssl/private"];

    /// <summary>The home of the user that Pawl runs as; null where there is none that could be hidden.</summary>
    public static string? Home { get; } = HomeOfThisUser();

    /// <summary>Folders that are replaced by empty ones which can be written to.</summary>
    public static IEnumerable<string> EmptyAndWritable() => Existing(Home is null ? Temporary : [.. Temporary, Home]);

    /// <summary>Folders that are replaced by empty ones: homes, and the sockets of this machine's services.</summary>
    public static IEnumerable<string> Empty() => Existing([.. Usual, .. HomesOfUsers()]);

    /// <summary>Files and folders of the system that Pawl itself may read as root, and a sandboxed command must not.</summary>
    public static IEnumerable<string> Secrets() => Sensitive.Where(CanBeRead).Select(RealPath.Of);

    private static bool CanBeRead(string path)
    {
        try
        {
            if (Directory.Exists(path)) return Directory.EnumerateFileSystemEntries(path).Any();
            if (!File.Exists(path)) return false;
            using var file = File.OpenRead(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Existing(IEnumerable<string> folders) =>
        folders.Select(RealPath.Of).Where(f => f != "/" && Directory.Exists(f)).Distinct(StringComparer.Ordinal);

    private static string? HomeOfThisUser()
    {
        var home = Environment.GetEnvironmentVariable("HOME");
        if (home is not { Length: > 1 } || !Path.IsPathRooted(home) || !Directory.Exists(home)) return null;
        var real = RealPath.Of(home);
        return real is "/" or "/usr" or "/bin" or "/usr/sbin" ? null : real;
    }

    // People's homes are not always below /home.
    private static IEnumerable<string> HomesOfUsers()
    {
        if (!File.Exists("/etc/passwd")) return [];
        return File.ReadLines("/etc/passwd").Select(l => l.Split(':'))
            .Where(f => f.Length > 5 && int.TryParse(f[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id is >= FirstUser and <= LastUser)
            .Select(f => f[5]).Where(h => h.LastIndexOf('/') >= 0 && h.Length > 1);
    }
}
