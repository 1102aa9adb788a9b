namespace Pawl.Forges;

/// <summary>
/// A repository at GitHub, GitLab or Gitea, as far as changes need it: an issue is read, a draft pull request is opened. There is no way to merge: a person does.
/// </summary>
public interface IForge
{
    /// <summary>Its name, for receipts and people: <c>github:pawl/shop</c>. Holds no secret.</summary>
    string Name { get; }

    /// <summary>Reads an issue of the repository. Its text is anyone's, and untrusted.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">There is no such issue, or it is a pull request.</exception>
    /// <exception cref="UnavailableException">The forge cannot be asked now, or refuses; the message says why and what to do, and holds no secret.</exception>
    Task<ForgeIssue> ReadIssueAsync(long number, CancellationToken cancellationToken);

    /// <summary>The open pull request of a branch of this repository, draft or not; null where there is none.</summary>
    /// <exception cref="UnavailableException">The forge cannot be asked now, or refuses.</exception>
    Task<OpenedPullRequest?> FindAsync(string branch, CancellationToken cancellationToken);

    /// <summary>Opens a draft pull request of a branch that was pushed; where one of the same branch is open, that one is the answer and nothing is opened or changed.</summary>
    /// <exception cref="BadInputException">The branch is the target itself.</exception>
    /// <exception cref="UnavailableException">The forge cannot be asked now, or refuses, drafts for instance: none is opened that is not a draft.</exception>
    Task<OpenedPullRequest> OpenDraftAsync(DraftPullRequest request, CancellationToken cancellationToken);
}

/// <summary>An issue as a forge has it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Title">The title, on one line.</param>
/// <param name="Body">The description in Markdown, as it was written; empty where there is none.</param>
/// <param name="Url">Where people read it.</param>
/// <param name="IsClosed">Whether it is closed.</param>
/// <param name="Labels">The names of its labels.</param>
public sealed record ForgeIssue(long Number, string Title, string Body, string Url, bool IsClosed, IReadOnlyList<string> Labels);

/// <summary>A pull request that is to be opened as a draft.</summary>
/// <param name="Branch">The branch with the change; it is at the forge already.</param>
/// <param name="Target">The branch that it is proposed for; empty: the repository's default branch.</param>
/// <param name="Title">The title; what marks a draft at some forges is put before it. What exceeds 255 characters is cut off.</param>
/// <param name="Body">The description in Markdown. Beyond 65,536 characters, at GitLab and Gitea 1,048,576, it is cut off, and says so at its beginning.</param>
public sealed record DraftPullRequest(string Branch, string Target, string Title, string Body);

/// <summary>A pull request that is open.</summary>
/// <param name="Id">Its id as people write it: <c>#12</c>, at GitLab <c>!12</c>.</param>
/// <param name="Url">Where people read it.</param>
/// <param name="IsDraft">False where a person marked it as ready, or where the forge did not take it as a draft: say so.</param>
public sealed record OpenedPullRequest(string Id, string Url, bool IsDraft);
