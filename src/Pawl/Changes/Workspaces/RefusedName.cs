namespace Pawl.Changes.Workspaces;

/// <summary>Names that mean a git directory on some file system, so that git refuses them on all: <c>.git</c> however it is written.</summary>
internal static class RefusedName
{
    // Characters that HFS+ drops from names.
    private const string Ignored = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff";

    /// <summary>Whether a name within a folder stands for a git directory.</summary>
    public static bool IsGitDirectory(string name)
    {
        var plain = string.Concat(name.Where(c => !Ignored.Contains(c, StringComparison.Ordinal)));
        var colon = plain.IndexOf(':', StringComparison.Ordinal); // .git::$INDEX_ALLOCATION
        if (colon > 0) plain = plain[..colon];
        plain = plain.TrimEnd(' ', '.');
        return plain.Equals(".git", StringComparison.OrdinalIgnoreCase) || plain.Equals("git~1", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a path, its parts divided by slashes or backslashes, goes through a git directory.</summary>
    public static bool IsInPath(string path) => path.Split('/', '\\').Any(IsGitDirectory);
}
