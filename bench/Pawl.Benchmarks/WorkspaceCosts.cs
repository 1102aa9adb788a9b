using System.Diagnostics;
using Pawl.Changes.Workspaces;

namespace Pawl.Benchmarks;

/// <summary>What the way to a worktree and back to a tree costs, beside git's own worktrees.</summary>
internal static class WorkspaceCosts
{
    private const int Repetitions = 5;
    private static readonly CancellationToken None = CancellationToken.None;

    public static async Task RunAsync(int files)
    {
        await using var stage = new ChangeStage(files);
        var (own, second, gits, onAllCores) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (first, again) = (new List<double>(), new List<double>());
        for (var i = 0; i <= Repetitions; i++)
        {
            var (created, worktree, added) = (stage.Folder($"own-{i}"), stage.Folder($"tree-{i}"), stage.Folder($"git-{i}"));
            ChangeRepository repository = null!;
            Worktree checkout = null!;
            own.Add(await MillisecondsAsync(async () =>
            {
                var source = await SourceRepository.OpenAsync(stage.Repository, None);
                repository = await ChangeRepository.CreateAsync(created, source, await source.ResolveAsync("HEAD", None), TimeProvider.System.GetUtcNow(), None);
                checkout = await repository.CheckOutAsync(repository.BaseTree, worktree, forAgent: true, None);
            }));
            gits.Add(await MillisecondsAsync(() => Task.Run(() => stage.Git("worktree", "add", "-q", "--detach", added))));
            second.Add(await MillisecondsAsync(() => repository.CheckOutAsync(repository.BaseTree, worktree + "-second", forAgent: true, None)));
            File.AppendAllText(Path.Combine(checkout.Folder, "add.sh"), "# done\n");
            first.Add(await MillisecondsAsync(() => repository.SnapshotAsync(checkout, None)));
            again.Add(await MillisecondsAsync(() => repository.SnapshotAsync(checkout, None)));
            stage.Git("worktree", "remove", "--force", added);
            onAllCores.Add(await MillisecondsAsync(() => Task.Run(() => stage.Git("-c", "checkout.workers=0", "worktree", "add", "-q", "--detach", added))));
            stage.Git("worktree", "remove", "--force", added);
            foreach (var folder in (string[])[created, worktree, worktree + "-second"]) Directory.Delete(folder, recursive: true);
        }

        Report.Row($"{files:N0} files: from the user's folder to a worktree, and to the next one", $"{Text(own)}, {Text(second)}");
        Report.Row($"{files:N0} files: `git worktree add`, and told to use all cores", $"{Text(gits)}, {Text(onAllCores)}");
        Report.Row($"{files:N0} files: a worktree with one edit taken as a tree, and again", $"{Text(first)}, {Text(again)}");
    }

    // The first goes to the compiler.
    private static string Text(IEnumerable<double> milliseconds) => $"{Report.Number(Report.Median(milliseconds.Skip(1)), "0")} ms";

    private static async Task<double> MillisecondsAsync(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
