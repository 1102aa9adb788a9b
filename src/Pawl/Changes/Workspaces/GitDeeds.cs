using System.Globalization;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// What somebody did with git in a checkout, said by name. What only reads, and what edits files as any program may, is not mentioned; nor is a repository of its own, such as tests make.
/// </summary>
/// <param name="checkout">The checkout, without symlinks in its path.</param>
/// <param name="others">Folders of others: what is done to repositories there is told as well.</param>
/// <param name="clean">Makes what was typed harmless.</param>
internal sealed class GitDeeds(string checkout, IReadOnlyList<string> others, Func<string, string> clean)
{
    private const int LineCharacters = 120;

    private static readonly Deed[] Deeds =
    [
        new("push send-pack", "pushed", "tried to push"),
        new("fetch pull clone ls-remote", "fetched", "tried to fetch"),
        new("remote", "changed the remotes", "tried to change the remotes"),
        new("commit commit-tree", "committed by itself", "tried to commit by itself"),
        new("checkout switch branch", "switched or made branches", "tried to switch or make branches"),
        new("am merge rebase cherry-pick revert filter-branch", "rewrote or joined history", "tried to rewrite or join history"),
        new("reset", "reset what was there", "tried to reset what was there"),
        new("update-ref symbolic-ref replace reflog fast-import", "changed refs by hand", "tried to change refs by hand"),
        new("config", "configured git", "tried to configure git"),
        new("stash", "stashed", "tried to stash"),
        new("tag", "tagged", "tried to tag"),
        new("worktree submodule submodule--helper", "made other worktrees or submodules", "tried to make other worktrees or submodules"),
        new("credential", "asked git for credentials", "tried to ask git for credentials"),
    ];

    private static readonly string[] Listing = ["-l", "--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--show-current"];
    private static readonly string[] WithValue = ["-f", "--file", "--blob", "--type", "--default"];

    /// <summary>Each kind of deed once, with its first command: <c>tried to push: git push -q origin main</c>.</summary>
    public IEnumerable<string> Of(IEnumerable<GitCommand> commands) => commands
        .Where(command => (IsTold(command.WorkTree) || Elsewhere(command) is not null || command.Name is "push" or "send-pack") && Changes(command))
        .Select(command => (Deed: Array.Find(Deeds, deed => deed.Commands.Split(' ').Contains(command.Name)), Command: command))
        .Where(each => each.Deed is not null)
        .GroupBy(each => each.Deed!, each => each.Command)
        .OrderBy(group => Array.IndexOf(Deeds, group.Key))
        .Select(group => Say(group.Key, [.. group]));

    private bool IsTold(string? workTree) => workTree is not null && (workTree == checkout || (!RealPath.IsWithin(workTree, checkout) && others.Any(folder => RealPath.IsWithin(workTree, folder))));

    private string Say(Deed deed, List<GitCommand> commands)
    {
        var done = commands.Find(command => command.ExitCode is 0 or null);
        var told = done ?? commands[0];
        var line = clean(string.Join(' ', (IEnumerable<string>)["git", told.Name, .. told.Arguments]));
        var where = Elsewhere(told) is { } directory ? $" in {clean(directory)}" : told.WorkTree == checkout ? "" : told.WorkTree is { } tree ? $" in {clean(tree)}" : " in a folder without files";
        var more = commands.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", and {commands.Count - 1:N0} more such") : "";
        return $"{(done is null ? deed.Tried : deed.Done)}: {ShortText.Start(line, LineCharacters)}{(line.Length > LineCharacters ? "…" : "")}{where}{more}";
    }

    // A git directory that was named, unless it is the checkout's own.
    private string? Elsewhere(GitCommand command) =>
        command.GitDirectory is { } directory && command.WorkTree is { } tree && Path.GetFullPath(directory, tree) != Path.Combine(checkout, ".git") ? directory : null;

    private static bool Changes(GitCommand command)
    {
        var given = command.Arguments;
        var words = given.Where((argument, at) => !argument.StartsWith('-') && (at == 0 || !WithValue.Contains(given[at - 1]))).ToList();
        var first = words.Count > 0 ? words[0] : "";
        return command.Name switch
        {
            "checkout" => command.Mode != "path" && !(command.Mode is null && given.Any(argument => argument == "--")),
            "branch" => words.Count > 0 && !given.Any(Listing.Contains),
            "tag" => words.Count > 0 && !given.Any(argument => Listing.Contains(argument) || argument is "-v" or "--verify" || argument.StartsWith("-n", StringComparison.Ordinal)),
            "remote" => first is "add" or "rename" or "remove" or "rm" or "set-url" or "set-head" or "set-branches" or "update",
            "config" => !given.Any(argument => argument is "-l" or "--list" || argument.StartsWith("--get", StringComparison.Ordinal) || argument.StartsWith("--show", StringComparison.Ordinal))
                && first is not ("list" or "get") && (words.Count > 1 || given.Any(argument => argument is "-e" or "--edit" || argument.StartsWith("--unset", StringComparison.Ordinal) || argument.StartsWith("--remove", StringComparison.Ordinal))),
            "stash" => first is not ("list" or "show" or "create"),
            "reset" => command.Mode is not ("path" or "mixed") || words.Exists(word => word != "HEAD"),
            "symbolic-ref" => words.Count > 1 || given.Any(argument => argument is "-d" or "--delete"),
            "replace" => words.Count > 0 && !given.Any(Listing.Contains),
            "reflog" => first is "expire" or "delete",
            "worktree" or "submodule" or "submodule--helper" => first is "add" or "remove" or "move" or "update" or "init" or "deinit" or "clone" or "sync" or "set-url",
            _ => true,
        };
    }

    private sealed record Deed(string Commands, string Done, string Tried);
}
