namespace Pawl.Changes.Workspaces;

/// <summary>
/// Where the repository of a folder is. Looked for here rather than by git, which refuses a repository of another owner unless the
/// user's configuration, which Pawl does not read, says otherwise.
/// </summary>
internal sealed record GitPlace(string Root, string? GitDirectory, string? CommonDirectory)
{
    private const string Pointer = "gitdir:";

    /// <summary>The place of a folder; without directories where no repository is around it.</summary>
    /// <exception cref="BadInputException">The folder does not exist, or is in a bare repository or a git directory.</exception>
    public static GitPlace Find(string folder)
    {
        var start = Path.GetFullPath(folder);
        if (!Directory.Exists(start)) throw new BadInputException($"The folder {start} does not exist.");
        for (var current = new DirectoryInfo(start); current is not null; current = current.Parent)
        {
            if (IsGitDirectory(current.FullName)) throw Bare(current.FullName);
            var entry = Path.Combine(current.FullName, ".git");
            if (Directory.Exists(entry)) return new GitPlace(current.FullName, entry, Common(entry));
            if (File.Exists(entry) && Follow(entry) is { } elsewhere) return new GitPlace(current.FullName, elsewhere, Common(elsewhere));
        }

        return new GitPlace(start, null, null);
    }

    /// <summary>The same; null where there is no work tree.</summary>
    public static GitPlace? TryFind(string folder)
    {
        try
        {
            return Find(folder);
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    /// <summary>The refusal of a repository without a work tree.</summary>
    public static BadInputException Bare(string folder) =>
        new($"{folder} is a bare repository or the inside of a git directory; give the folder of a work tree (`git worktree add` makes one).");

    private static bool IsGitDirectory(string folder) =>
        File.Exists(Path.Combine(folder, "HEAD")) && Directory.Exists(Path.Combine(folder, "objects")) && Directory.Exists(Path.Combine(folder, "refs"));

    private static string? Follow(string file)
    {
        var text = File.ReadAllText(file).TrimEnd('\n', '\r');
        if (!text.StartsWith(Pointer, StringComparison.Ordinal)) return null;
        var target = Path.GetFullPath(text[Pointer.Length..].Trim(), Path.GetDirectoryName(file)!);
        return Directory.Exists(target) ? target : throw new BadInputException($"{file} points to {target}, which does not exist; `git worktree repair` may mend it.");
    }

    // A linked worktree's own directory names the one that holds objects and refs.
    private static string Common(string gitDirectory)
    {
        var file = Path.Combine(gitDirectory, "commondir");
        return File.Exists(file) ? Path.GetFullPath(File.ReadAllText(file).TrimEnd('\n', '\r'), gitDirectory) : gitDirectory;
    }
}
