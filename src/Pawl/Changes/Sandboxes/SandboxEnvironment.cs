namespace Pawl.Changes.Sandboxes;

/// <summary>The whole environment of a sandboxed command: what the sandbox sets, then what the caller gave.</summary>
internal static class SandboxEnvironment
{
    /// <summary>The variable by which processes of a command are found again, wherever they hide in the process table.</summary>
    public const string Mark = "PAWL_SANDBOX";

    /// <summary>The variables of a command with the given places for its home and its temporary files.</summary>
    public static Dictionary<string, string> Of(SandboxedCommand command, string mark, string home, string temporary)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = SandboxTools.SearchPath() is { Length: > 0 } path ? string.Join(':', path) : "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = home,
            ["TMPDIR"] = temporary,
            ["LANG"] = "C.UTF-8",
            ["TZ"] = "UTC",
        };
        foreach (var (name, value) in ToolPlaces.Variables()) variables[name] = value;
        foreach (var (name, value) in PackageCaches.Variables([.. command.ReadOnly, .. command.WritableCaches])) variables[name] = value;
        if (PackageCaches.NpmIn(command.ReadOnly) is { } npm && home == BubblewrapView.HomeInside)
        {
            variables["PAWL_NPM_CACHE"] = npm;
            variables["npm_config_cache"] = Path.Combine(temporary, "npm-cache");
        }

        foreach (var (name, value) in command.Environment) variables[name] = value;
        variables[Mark] = mark;
        return variables;
    }
}
