using System.Globalization;
using System.Text;
using Pawl.Changes.Workspaces;
using Pawl.Forges;
using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>
/// From a green attempt to a proposal: a commit made by Pawl, a new branch in the user's repository, the receipt; and, only where that was asked for, a
/// push of that branch and a draft pull request. Each effect outside of the database is intended first and read back after.
/// </summary>
internal sealed class Delivery(ChangeServices services, ChangeReceipts receipts, SourceRepository source, ChangeRepository repository, string folder)
{
    private static readonly GitIdentity Pawl = new("Pawl", "pawl@pawl.invalid");

    /// <summary>Delivers, from wherever it was left.</summary>
    /// <param name="change">The change, with its chosen lane.</param>
    /// <param name="putAsync">Stores the next state with its receipts.</param>
    /// <param name="watch">Is told what happens.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public async Task DeliverAsync(Change change, Func<Func<Change, Change>, ReceiptDraft[], Task> putAsync, Action<string, string, CheckStatus?> watch, CancellationToken cancellationToken)
    {
        async Task<Change> Put(Func<Change, Change> next, params ReceiptDraft[] drafts)
        {
            await putAsync(current => change = next(current), drafts).ConfigureAwait(false);
            return change;
        }

        if (change.Commit is null)
        {
            var checkpoint = await services.SignAsync(cancellationToken).ConfigureAwait(false) is { } signed ? string.Create(CultureInfo.InvariantCulture, $"{signed.Origin} {signed.Size} {Convert.ToBase64String(signed.Root.Span)}") : null;
            change = change with { Checkpoint = checkpoint };
            var agent = new GitIdentity(change.Agent, "agent@pawl.invalid");
            var commit = await repository.CommitAsync(change.Winner!.Tree, change.Base, Message(change), agent, Pawl, services.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            change = await Put(current => current with { Commit = commit, Checkpoint = checkpoint }).ConfigureAwait(false);
            watch("commit", commit, CheckStatus.Passed);
        }

        if (!change.IsDelivered) change = await (change.IsGit ? BranchAsync(change, Put, watch, cancellationToken) : PatchAsync(change, Put, watch, cancellationToken)).ConfigureAwait(false);
        if (!change.IsProposed)
            change = await Put(current => current with { IsProposed = true }, receipts.Of(change, "ProposeChange", "", change.Commit!, $"Proposed as {change.Commit![..12]} on {change.Branch}: {change.Title}", to => ProposalStatement.Write(to, change, services.Time.GetUtcNow()))).ConfigureAwait(false);
        if (change is { Remote: not null, RemoteUrl: { } url, IsPushed: false }) change = await PushAsync(change, url, Put, watch, cancellationToken).ConfigureAwait(false);
        if (change is { OpensPullRequest: true, PullRequest: null }) change = await OpenAsync(change, Put, watch, cancellationToken).ConfigureAwait(false);
        await Put(current => current with
        {
            Status = ChangeStatus.Proposed,
            Why = $"Proposed as {(current.IsGit ? $"{current.Commit![..12]} on {current.Branch}" : "a patch")}{(current.PullRequest is { } draft ? $", {draft}" : "")}.",
        }).ConfigureAwait(false);
    }

    private async Task<Change> BranchAsync(Change change, Func<Func<Change, Change>, ReceiptDraft[], Task<Change>> put, Action<string, string, CheckStatus?> watch, CancellationToken cancellationToken)
    {
        await receipts.AppendAsync(receipts.Of(change, "CreateBranch", "", change.Commit!, $"About to create the branch {change.Branch} at {change.Commit}.", to => to.WriteString("branch", change.Branch), ReceiptKind.Intent)).ConfigureAwait(false);
        var wanted = change.Branch;
        // Somebody may have taken the name meanwhile.
        for (var number = 2; await source.CreateBranchAsync(repository, change.Branch, change.Commit!, cancellationToken).ConfigureAwait(false) is BranchOutcome.Taken; number++)
        {
            var other = string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}");
            change = await put(current => current with { Branch = other }, []).ConfigureAwait(false);
        }

        var branch = change.Branch;
        if (await source.BranchCommitAsync(branch, cancellationToken).ConfigureAwait(false) is var read && read != change.Commit)
            throw new UnavailableException($"The branch {branch} was created at {change.Commit}, and reads as {read ?? "none"}. Look at the repository {source.Root}; then go on with --resume {change.Id}.");
        watch("branch", branch, CheckStatus.Passed);
        return await put(current => current with { IsDelivered = true }, [receipts.Of(change, "CreateBranch", "", change.Commit!, $"The branch {branch} is at {change.Commit}.", to => to.WriteString("branch", branch))]).ConfigureAwait(false);
    }

    private async Task<Change> PatchAsync(Change change, Func<Func<Change, Change>, ReceiptDraft[], Task<Change>> put, Action<string, string, CheckStatus?> watch, CancellationToken cancellationToken)
    {
        var path = PatchPath(folder);
        await File.WriteAllTextAsync(path, await repository.PatchAsync(repository.BaseTree, change.Winner!.Tree, cancellationToken).ConfigureAwait(false), new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
        watch("proposal", path, CheckStatus.Passed);
        return await put(current => current with { IsDelivered = true }, []).ConfigureAwait(false);
    }

    private async Task<Change> PushAsync(Change change, string url, Func<Func<Change, Change>, ReceiptDraft[], Task<Change>> put, Action<string, string, CheckStatus?> watch, CancellationToken cancellationToken)
    {
        await receipts.AppendAsync(receipts.Of(change, "PushBranch", "", change.Commit!, $"About to push {change.Branch} to {change.Remote}.", to => to.WriteString("branch", change.Branch), ReceiptKind.Intent)).ConfigureAwait(false);
        if (await repository.PushAsync(url, change.Commit!, change.Branch, services.PushToken(url), cancellationToken).ConfigureAwait(false) is PushOutcome.Refused refused)
        {
            await receipts.AppendAsync(receipts.Of(change, "PushBranch", "", change.Commit!, $"{change.Remote} refused {change.Branch}: {refused.Reason}", to => to.WriteString("branch", change.Branch)) with { Ok = false }).ConfigureAwait(false);
            throw new UnavailableException($"{change.Remote} refused {change.Branch}: {refused.Reason} The proposal stands on the branch here. When that is mended, go on with --resume {change.Id}.");
        }

        watch("push", $"{change.Branch} to {change.Remote}", CheckStatus.Passed);
        return await put(current => current with { IsPushed = true }, [receipts.Of(change, "PushBranch", "", change.Commit!, $"{change.Branch} is at {change.Remote}, at {change.Commit}.", to => to.WriteString("branch", change.Branch))]).ConfigureAwait(false);
    }

    private async Task<Change> OpenAsync(Change change, Func<Func<Change, Change>, ReceiptDraft[], Task<Change>> put, Action<string, string, CheckStatus?> watch, CancellationToken cancellationToken)
    {
        var forge = services.Forge() ?? throw new BadInputException("No forge is configured to open a draft pull request at: pawl.yaml needs a part forge: with kind, repository and token.");
        await receipts.AppendAsync(receipts.Of(change, "OpenPullRequest", "", change.Branch, $"About to open a draft pull request of {change.Branch} at {forge.Name}.", to => to.WriteString("forge", forge.Name), ReceiptKind.Intent)).ConfigureAwait(false);
        var opened = await forge.OpenDraftAsync(new DraftPullRequest(change.Branch, "", change.Title, ProposalText.Markdown(change)), cancellationToken).ConfigureAwait(false);
        watch("draft", opened.IsDraft ? opened.Url : $"{opened.Url} — the forge did not take it as a draft: set that there", opened.IsDraft ? CheckStatus.Passed : CheckStatus.Flaky);
        return await put(current => current with { PullRequest = opened.Url }, [receipts.Of(change, "OpenPullRequest", "", change.Branch, $"{(opened.IsDraft ? "The draft" : "The pull request, which the forge did not take as a draft,")} {opened.Id} is open at {forge.Name}: {opened.Url}", to =>
        {
            to.WriteString("forge", forge.Name);
            to.WriteString("url", opened.Url);
            to.WriteBoolean("draft", opened.IsDraft);
        })]).ConfigureAwait(false);
    }

    /// <summary>Where the patch of a plain folder stands.</summary>
    public static string PatchPath(string folder) => Path.Combine(folder, "proposal.patch");

    // Trailers (git interpret-trailers): by them a commit leads to its receipts, wherever it is carried.
    private static string Message(Change change)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{ShortText.Start(change.Title.ReplaceLineEndings(" "), 100)}\n\n");
        text.Append(change.Issue is { } issue ? $"Asked for by {issue.Source}. " : "The gate was red. ");
        text.Append(CultureInfo.InvariantCulture, $"Made by the agent {change.Agent} in {Words.Count(change.Winner!.Number, "attempt")}, judged in a fresh checkout,\nand proposed for a person to read: nothing was merged.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Pawl-Change: {change.Id}\nPawl-Receipt: {ChangeReceipts.Ref(change, ChangeReceipts.RunGate, CleanStep(change))}\n");
        if (change.Checkpoint is { } checkpoint) text.Append(CultureInfo.InvariantCulture, $"Pawl-Checkpoint: {checkpoint}\n");
        return text.ToString();
    }

    internal static string CleanStep(Change change) => string.Create(CultureInfo.InvariantCulture, $"{change.Chosen}.{change.Winner!.Number}-clean");
}
