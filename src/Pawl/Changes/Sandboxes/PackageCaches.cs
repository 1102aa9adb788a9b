namespace Pawl.Changes.Sandboxes;

/// <summary>
/// The folders in which package managers keep what they downloaded. They lie under homes, which a sandbox hides: a command that needs
/// its packages gets them read-only, and the variable that leads the package manager there.
/// </summary>
internal static class PackageCaches
{
    private static readonly (string Variable, string Below, string Part)[] Known =
    [
        ("NUGET_PACKAGES", ".nuget/packages", ""),
        ("npm_config_cache", ".npm", "_cacache"),
        ("PIP_CACHE_DIR", ".cache/pip", ""),
        ("UV_CACHE_DIR", ".cache/uv", ""),
        ("CARGO_HOME", ".cargo", "registry"),
        ("CARGO_HOME", ".cargo", "git"),
        ("GOMODCACHE", "go/pkg/mod", ""),
        ("GRADLE_USER_HOME", ".gradle", "caches"),
        ("", ".m2/repository", ""),
    ];

    /// <summary>The caches that exist for the user that Pawl runs as, as absolute paths.</summary>
    public static IReadOnlyList<string> Existing() => [.. Places().Select(p => p.Path).Distinct(StringComparer.Ordinal)];

    /// <summary>The variables that lead to those of the caches that are among the given folders.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Variables(IEnumerable<string> folders)
    {
        var given = folders.Select(RealPath.Of).ToHashSet(StringComparer.Ordinal);
        return Places().Where(p => p.Variable.Length > 0 && given.Contains(p.Path)).Select(p => KeyValuePair.Create(p.Variable, p.Root));
    }

    /// <summary>npm's cache where it is among the given folders; null where it is not.</summary>
    internal static string? NpmIn(IEnumerable<string> folders) => folders.Select(RealPath.Of).FirstOrDefault(f => Path.GetFileName(f) == "_cacache" && Directory.Exists(Path.Combine(f, "index-v5")));

    private static IEnumerable<(string Variable, string Root, string Path)> Places()
    {
        foreach (var (variable, below, part) in Known)
        {
            var set = variable.Length > 0 ? Environment.GetEnvironmentVariable(variable) : null;
            var root = set is { Length: > 0 } ? set : HiddenPlaces.Home is { } home ? Path.Combine(home, below) : null;
            if (root is null || !Path.IsPathRooted(root)) continue;
            var path = RealPath.Of(Path.Combine(root, part));
            if (Directory.Exists(path)) yield return (variable, RealPath.Of(root), path);
        }
    }
}
