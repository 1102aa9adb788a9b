using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pawl.Changes.Workspaces;
using Pawl.Forges;
using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>
/// From a green attempt to a proposal: a commit made by Pawl, a new branch in the user's repository, the receipt; and, only where that was asked for, a
/// push of that branch and a draft pull request. Each effect outside of the database is intended first and read back after.
/// </summary>
internal sealed class Delivery(ChangeState state, SourceRepository source, ChangeRepository repository, string folder)
{
    private static readonly GitIdentity Pawl = new("Pawl", "pawl@pawl.invalid");

    private ChangeServices Services => state.Services;

    private ChangeReceipts Receipts => state.Receipts;

    private Change Change => state.Current;

    /// <summary>Delivers, from wherever it was left.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    public async Task DeliverAsync(CancellationToken cancellationToken)
    {
        if (Change.Commit is null) await CommitAsync(cancellationToken).ConfigureAwait(false);
        if (!Change.IsDelivered) await (Change.IsGit ? BranchAsync(cancellationToken) : PatchAsync(cancellationToken)).ConfigureAwait(false);
        if (!Change.IsProposed)
        {
            var where = Change.PatchDigest is { } digest ? $"the patch sha256:{digest}" : $"{Change.Commit![..12]} on {Change.Branch}";
            var said = Receipts.Of(Change, "ProposeChange", "", Change.PatchDigest ?? Change.Commit!, $"Proposed as {where}: {Change.Title}", to => ProposalStatement.Write(to, Change, repository.BaseTree, Services.Time.GetUtcNow()));
            await state.PutAsync(change => change with { IsProposed = true }, said).ConfigureAwait(false);
        }

        if (Change is { Pushes: true, RemoteUrl: { } url, IsPushed: false }) await PushAsync(url, cancellationToken).ConfigureAwait(false);
        if (Change is { OpensPullRequest: true, PullRequest: null }) await OpenAsync(cancellationToken).ConfigureAwait(false);
        var why = $"Proposed as {(Change.IsGit ? $"{Change.Commit![..12]} on {Change.Branch}" : "a patch")}{(Change.PullRequest is { } draft ? $", {draft}" : "")}.";
        await state.PutAsync(change => change with { Status = ChangeStatus.Proposed, Why = why }).ConfigureAwait(false);
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        var checkpoint = await Services.SignAsync(cancellationToken).ConfigureAwait(false) is { } signed ? string.Create(CultureInfo.InvariantCulture, $"{signed.Origin} {signed.Size} {Convert.ToBase64String(signed.Root.Span)}") : null;
        var agent = new GitIdentity(Change.Agent, "agent@pawl.invalid");
        var message = Message(Change with { Checkpoint = checkpoint });
        var commit = await repository.CommitAsync(Change.Winner!.Tree, Change.Base, message, agent, Pawl, Services.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        await state.PutAsync(change => change with { Commit = commit, Checkpoint = checkpoint }).ConfigureAwait(false);
        Watch("commit", commit, CheckStatus.Passed);
    }

    private async Task BranchAsync(CancellationToken cancellationToken)
    {
        await Receipts.AppendAsync(Receipts.Of(Change, "CreateBranch", "", Change.Commit!, $"About to create the branch {Change.Branch} at {Change.Commit}.", to => to.WriteString("branch", Change.Branch), ReceiptKind.Intent)).ConfigureAwait(false);
        // Somebody may have taken the name meanwhile.
        while (await source.CreateBranchAsync(repository, Change.Branch, Change.Commit!, cancellationToken).ConfigureAwait(false) is BranchOutcome.Taken)
        {
            var other = await ProposalBranch.FreeAsync(source, Change.Purpose, Change.Issue, cancellationToken).ConfigureAwait(false);
            if (other == Change.Branch) throw new UnavailableException($"The branch {other} cannot be created in {source.Root}, though there is none. Look at the repository; then go on with --resume {Change.Id}.");
            await state.PutAsync(change => change with { Branch = other }).ConfigureAwait(false);
        }

        var branch = Change.Branch;
        if (await source.BranchCommitAsync(branch, cancellationToken).ConfigureAwait(false) is var read && read != Change.Commit)
            throw new UnavailableException($"The branch {branch} was created at {Change.Commit}, and reads as {read ?? "none"}. Look at the repository {source.Root}; then go on with --resume {Change.Id}.");
        Watch("branch", branch, CheckStatus.Passed);
        await state.PutAsync(change => change with { IsDelivered = true }, Receipts.Of(Change, "CreateBranch", "", Change.Commit!, $"The branch {branch} is at {Change.Commit}.", to => to.WriteString("branch", branch))).ConfigureAwait(false);
    }

    private async Task PatchAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, PatchFile);
        var patch = await repository.PatchAsync(repository.BaseTree, Change.Winner!.Tree, cancellationToken).ConfigureAwait(false);
        await File.WriteAllBytesAsync(path, patch, cancellationToken).ConfigureAwait(false);
        Watch("proposal", path, CheckStatus.Passed);
        await state.PutAsync(change => change with { IsDelivered = true, PatchDigest = Convert.ToHexStringLower(SHA256.HashData(patch)) }).ConfigureAwait(false);
    }

    private async Task PushAsync(string shown, CancellationToken cancellationToken)
    {
        // A password in the address is kept nowhere; it is read again.
        var url = await source.RemoteUrlAsync(Change.Remote, cancellationToken).ConfigureAwait(false);
        if (url is null || PushTarget.Shown(url) != PushTarget.Shown(shown)) throw NotPushed($"{Change.Remote} was {PushTarget.Shown(shown)} when {Change.Id} began, and is {(url is null ? "gone" : PushTarget.Shown(url))} now.");
        await Receipts.AppendAsync(Receipts.Of(Change, "PushBranch", "", Change.Commit!, $"About to push {Change.Branch} to {Change.Remote}.", to => to.WriteString("branch", Change.Branch), ReceiptKind.Intent)).ConfigureAwait(false);
        PushOutcome outcome;
        try
        {
            outcome = await repository.PushAsync(url, Change.Commit!, Change.Branch, Services.PushToken(url), cancellationToken).ConfigureAwait(false);
        }
        catch (UnavailableException e)
        {
            throw NotPushed(e.Message);
        }

        if (outcome is PushOutcome.Refused refused)
        {
            await Receipts.AppendAsync(Receipts.Of(Change, "PushBranch", "", Change.Commit!, $"{Change.Remote} refused {Change.Branch}: {refused.Reason}", to => to.WriteString("branch", Change.Branch)) with { Ok = false }).ConfigureAwait(false);
            throw NotPushed($"{Change.Remote} refused {Change.Branch}: {refused.Reason}");
        }

        Watch("push", $"{Change.Branch} to {Change.Remote} ({PushTarget.Shown(url)})", CheckStatus.Passed);
        await state.PutAsync(change => change with { IsPushed = true }, Receipts.Of(Change, "PushBranch", "", Change.Commit!, $"{Change.Branch} is at {Change.Remote}, at {Change.Commit}.", to => to.WriteString("branch", Change.Branch))).ConfigureAwait(false);
    }

    private UnavailableException NotPushed(string why) => new($"{why} The proposal stands on the branch {Change.Branch} here. When that is mended, go on with --resume {Change.Id}.");

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var forge = Services.Forge() ?? throw new BadInputException("No forge is configured to open a draft pull request at: pawl.yaml needs a part forge: with kind, repository and token.");
        await Receipts.AppendAsync(Receipts.Of(Change, "OpenPullRequest", "", Change.Branch, $"About to open a draft pull request of {Change.Branch} at {forge.Name}.", to => to.WriteString("forge", forge.Name), ReceiptKind.Intent)).ConfigureAwait(false);
        var opened = await forge.OpenDraftAsync(new DraftPullRequest(Change.Branch, "", Change.Title, ProposalText.Markdown(Change)), cancellationToken).ConfigureAwait(false);
        Watch("draft", opened.IsDraft ? opened.Url : $"{opened.Url} — the forge did not take it as a draft: set that there", opened.IsDraft ? CheckStatus.Passed : CheckStatus.Flaky);
        await state.PutAsync(change => change with { PullRequest = opened.Url }, Receipts.Of(Change, "OpenPullRequest", "", Change.Branch, $"{(opened.IsDraft ? "The draft" : "The pull request, which the forge did not take as a draft,")} {opened.Id} is open at {forge.Name}: {opened.Url}", to =>
        {
            to.WriteString("forge", forge.Name);
            to.WriteString("url", opened.Url);
            to.WriteBoolean("draft", opened.IsDraft);
        })).ConfigureAwait(false);
    }

    /// <summary>The file in a change's folder that holds the patch for a plain folder.</summary>
    public const string PatchFile = "proposal.patch";

    private void Watch(string step, string text, CheckStatus status) => state.Watch(new ChangeProgress(0, 0, step, text, status));

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
