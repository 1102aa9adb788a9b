using System.Globalization;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>What the branch of a proposal is called: <c>agent/12-add-numbers</c>, with a number at its end where that is taken.</summary>
internal static class ProposalBranch
{
    /// <summary>The first name that is free.</summary>
    /// <exception cref="BadInputException">No name below <c>agent/</c> can be.</exception>
    public static async Task<string> FreeAsync(SourceRepository source, ChangePurpose purpose, StoredIssue? issue, CancellationToken cancellationToken)
    {
        var slug = purpose == ChangePurpose.Heal ? "self-heal" : Slug(issue ?? throw new ArgumentException("A change for an issue needs the issue.", nameof(issue)));
        if (source.IsGit && await source.BranchExistsAsync("agent", cancellationToken).ConfigureAwait(false))
            throw new BadInputException("There is a branch \"agent\", and git allows none below it: proposals stand on agent/…. Rename it: git branch -m agent OTHER.");
        for (var number = 1; ; number++)
        {
            var branch = number == 1 ? $"agent/{slug}" : string.Create(CultureInfo.InvariantCulture, $"agent/{slug}-{number}");
            if (await source.IsFreeAsync(branch, cancellationToken).ConfigureAwait(false)) return branch;
        }
    }

    private static string Slug(StoredIssue issue)
    {
        var slug = IssueText.Stored(issue.Title, issue.Body, issue.Source, issue.TakenOut).Slug;
        return issue.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number}-{slug}") : slug;
    }
}
