namespace Pawl.Changes.Workspaces;

/// <summary>The names that a branch may have, by the rules of git check-ref-format.</summary>
internal static class BranchName
{
    private const string Forbidden = " ~^:?*[\\\u007f";

    /// <summary>The full name of a branch's ref.</summary>
    /// <exception cref="BadInputException">The name is not one for a branch.</exception>
    public static string Reference(string branch) =>
        IsValid(branch) ? "refs/heads/" + branch : throw new BadInputException($"'{ShortText.Start(branch, 200)}' is not a name for a branch; letters, digits, '-' and '/' always are.");

    private static bool IsValid(string branch) =>
        branch.Length is > 0 and <= 200
        && branch[0] != '-'
        && branch is not ("@" or "HEAD")
        && !branch.Any(c => c < ' ' || Forbidden.Contains(c, StringComparison.Ordinal))
        && !branch.Contains("..", StringComparison.Ordinal)
        && !branch.Contains("@{", StringComparison.Ordinal)
        && !branch.EndsWith('.')
        && branch.Split('/').All(part => part.Length > 0 && part[0] != '.' && !part.EndsWith(".lock", StringComparison.Ordinal));
}
