namespace Pawl.Changes.Sandboxes;

/// <summary>Paths with every symbolic link in them followed: what is mounted over a link's name would leave its target open.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>The path without links. Parts that do not exist are kept as they are.</summary>
    public static string Of(string path)
    {
        var links = 0;
        var rest = new Stack<string>(Parts(Path.GetFullPath(path)).Reverse());
        var real = "/";
        while (rest.TryPop(out var part))
        {
            if (part is "." or "") continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }

            var next = Path.Combine(real, part);
            if (LinkTarget(next) is { } target && ++links <= MaxLinks)
            {
                if (target.StartsWith('/')) real = "/";
                foreach (var piece in Parts(target).Reverse()) rest.Push(piece);
                continue;
            }

            real = next;
        }

        return real;
    }

    /// <summary>Whether the path is the folder or lies below it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path == folder || folder == "/" || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
