namespace Pawl.Experiments;

/// <summary>Plans how an experiment begins. It proposes; whatever it says is verified, and it decides nothing.</summary>
public interface IPlanner
{
    /// <summary>Plans the next steps.</summary>
    /// <param name="contract">What is registered.</param>
    /// <param name="state">What is so now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<PlannerAnswer> PlanAsync(Contract contract, ExperimentState state, CancellationToken cancellationToken);
}

/// <summary>A plan, and who made it.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="By">Who planned: <c>rule</c>, or <c>model:</c> and the model's name.</param>
/// <param name="Notes">What happened on the way: answers of a model that were refused, and why. Empty for the rule.</param>
public sealed record PlannerAnswer(Plan Plan, string By, IReadOnlyList<string> Notes);
