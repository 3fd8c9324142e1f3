extension APIHandler {
    /// The routes of the reference product's wire that ours do not have (reference/stream-manager-2.md sections 2.3, 2.5, 2.7).
    static func productRoutes(_ services: APIServices) -> [Route] {
        let routes =
            ProductGroupRoutes(services: services).routes + ProductStatusRoutes(services: services).routes
            + ProductEvaluationRoutes(services: services).routes + ProductCatalogRoutes(services: services).routes
            + ProductStreamRoutes(services: services).routes + ProxyRoutes(services: services).routes
        return routes.map(ProductDocuments.documented)
    }
}
