namespace Pawl.Changes.Sandboxes;

/// <summary>Where the tools on PATH live: below a hidden home they are made visible again, or nothing that a person installed for herself would run.</summary>
internal static class ToolPlaces
{
    // Version managers keep small starters on PATH and the tools themselves beside them.
    private static readonly (string Folder, string Variable)[] Managers =
    [
        (".pyenv", "PYENV_ROOT"), (".nvm", "NVM_DIR"), (".rustup", "RUSTUP_HOME"), (".dotnet", "DOTNET_ROOT"), (".sdkman", "SDKMAN_DIR"), (".volta", "VOLTA_HOME"), (".bun", "BUN_INSTALL"),
    ];

    /// <summary>The variables that lead starters to their tools.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables()
    {
        foreach (var (folder, variable) in Managers)
        {
            var set = Environment.GetEnvironmentVariable(variable);
            if (set is { Length: > 0 } && Directory.Exists(set)) yield return KeyValuePair.Create(variable, set);
            else if (variable != "DOTNET_ROOT" && HiddenPlaces.Home is { } home && Directory.Exists(Path.Combine(home, folder))) yield return KeyValuePair.Create(variable, Path.Combine(home, folder));
        }
    }

    /// <summary>The files and folders below hidden ones that the programs on PATH need, and the program that is to be run.</summary>
    public static IEnumerable<string> Below(IReadOnlyList<string> hidden, string program)
    {
        bool IsHidden(string path) => hidden.Any(h => path != h && RealPath.IsWithin(path, h));
        var managers = Managers.Select(m => m.Folder).ToHashSet(StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in SandboxTools.SearchPath().Select(RealPath.Of))
        {
            if (IsHidden(folder)) found.Add(ManagerOf(folder, managers) ?? folder);
            foreach (var target in LinksOutOf(folder).Where(IsHidden)) found.Add(ManagerOf(target, managers) ?? Home(target));
        }

        foreach (var place in Variables().Select(v => RealPath.Of(v.Value)).Where(IsHidden)) found.Add(place);
        var real = RealPath.Of(program);
        if (IsHidden(real) && File.Exists(real)) found.Add(ManagerOf(real, managers) ?? Home(real));
        return found.Where(f => f != HiddenPlaces.Home);
    }

    private static string? ManagerOf(string path, HashSet<string> managers)
    {
        for (var at = path; at is { Length: > 1 }; at = Path.GetDirectoryName(at))
        {
            if (managers.Contains(Path.GetFileName(at))) return at;
        }

        return null;
    }

    // A package of node is more than the file that the link names; of others the folder is what is known.
    private static string Home(string file)
    {
        var modules = file.IndexOf("/node_modules/", StringComparison.Ordinal);
        if (modules >= 0) return file[..(modules + "/node_modules".Length)];
        var folder = Path.GetDirectoryName(file)!;
        return HiddenPlaces.EmptyAndWritable().Concat(HiddenPlaces.Empty()).Contains(folder, StringComparer.Ordinal) || Path.GetDirectoryName(folder) == "/home" ? file : folder;
    }

    private static IEnumerable<string> LinksOutOf(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFiles().Where(f => (f.Attributes & FileAttributes.ReparsePoint) == FileAttributes.ReparsePoint && f.LinkTarget is { } t && (t.StartsWith('/') || t.StartsWith("..", StringComparison.Ordinal))).Select(f => RealPath.Of(f.FullName)).Where(File.Exists)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
